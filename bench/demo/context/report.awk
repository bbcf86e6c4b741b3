NR == 1 { next }
{
  calls[$1]++
  tonnes[$1] += $4
  total += $4
}
END {
  print title
  for (ship in calls) printf "  %-10s %d calls  %5d t\n", ship, calls[ship], tonnes[ship] | "sort"
  close("sort")
  printf "  %-10s          %5d t\n", "all", total
}
