# slipway's step image: everything lies under /slipway, relocated, so that the root of a stage can be put into `/` while
# slipway goes on. `slipway build` makes the same image from the same packages each time, where SOURCE_DATE_EPOCH is set.

FROM node:24.21.0-bookworm-slim AS bundle
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses mirrors that lack packages of other platforms. Nothing that scripts of packages make is needed.
RUN npm install --no-save --ignore-scripts --loglevel=error
COPY LICENSE ./
COPY src src
RUN npm run --silent build
# The bundle and its code cache, the SDKs of clouds, and of koffi what it loads: its own files and the binary for this platform and glibc.
RUN <<EOT
  set -eu
  mkdir -p /out/node_modules/@koromix
  # In MiB: most of what a short build makes is never collected where the space for new objects begins with more than 1.
  sed '1s|.*|#!/slipway/bin/node --min-semi-space-size=8|' dist/slipway.mjs >/out/slipway.mjs
  chmod 755 /out/slipway.mjs
  cp LICENSE dist/*.LEGAL.txt dist/*-sdk.mjs dist/slipway.bundle.js dist/slipway.bundle.cache /out/
  cd node_modules
  cp --parents koffi/package.json koffi/LICENSE.txt $(find koffi -name '*.cjs') /out/node_modules/
  cp -R @koromix/koffi-linux-* /out/node_modules/@koromix/
  rm -R /out/node_modules/@koromix/*/musl_*
EOT

FROM debian:bookworm-slim AS tools
RUN <<EOT
  set -eu
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends \
    binutils busybox-static ca-certificates crun git libnss-wrapper openssh-client patchelf proot tini
EOT
COPY --from=bundle /usr/local/bin/node /usr/bin/node
COPY --from=bundle /out/ /out/slipway/share/slipway/
WORKDIR /out/slipway
RUN <<EOT
  set -eu
  mkdir -p bin etc lib/git-core
  for program in crun git node nsenter proot setpriv ssh tini unshare; do
    cp -L "$(command -v $program)" bin/
  done
  cp -L "$(git --exec-path)/git-remote-http" lib/git-core/
  ln -s git-remote-http lib/git-core/git-remote-https

  # Libraries: what programs and koffi are linked with, the loader, and what is loaded by name.
  loader=$(patchelf --print-interpreter bin/git)
  cp -L "$loader" $(dpkg -L libnss-wrapper | grep '/libnss_wrapper\.so$') lib/
  find bin lib share -type f -exec ldd {} \; 2>/dev/null | awk '$2 == "=>" { print $3 }' | sort -u |
    xargs cp -L -t lib/

  find bin lib -type f ! -name "${loader##*/}" -exec strip --strip-unneeded {} +
  for program in bin/* lib/git-core/git-remote-http; do
    patchelf --set-interpreter "/slipway/lib/${loader##*/}" --force-rpath --set-rpath /slipway/lib "$program"
  done
  # The loader asks for these by fixed names, and in `/` they may be another image's. The new names are as long.
  sed -i 's|/etc/ld.so.preload|/slipway/nopreload|g; s|/etc/ld.so.cache|/slipway/nocache|g' "lib/${loader##*/}"

  cp /etc/ssl/certs/ca-certificates.crt etc/
  ln -s ../share/slipway/slipway.mjs bin/slipway
  echo "This container is slipway's own: what is in its root may be moved away while a build needs the place." >step-image
  mkdir -m 1777 home run tmp
  mkdir ../kaniko
  ln -s ../slipway/bin/slipway ../kaniko/executor
  ln -s ../slipway/bin/slipway ../kaniko/warmer
EOT
WORKDIR /busybox
RUN cp /bin/busybox . && ./busybox --install -s .

FROM scratch AS step
COPY --from=tools /out/ /
ENV PATH=/slipway/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/slipway/home \
    TMPDIR=/slipway/tmp \
    GIT_EXEC_PATH=/slipway/lib/git-core \
    GIT_SSL_CAINFO=/slipway/etc/ca-certificates.crt \
    SSL_CERT_FILE=/slipway/etc/ca-certificates.crt
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="slipway" \
      org.opencontainers.image.description="Builds container images from Dockerfiles inside ordinary Kubernetes pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# Not behind tini: no RUN can end the first process, or read its environment when that is slipway.
ENTRYPOINT ["/slipway/bin/slipway"]

FROM step AS debug
COPY --from=tools /busybox /busybox
ENV PATH=/slipway/bin:/busybox:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

FROM step
