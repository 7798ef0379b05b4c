# actionlint, from its Go module. GO_IMAGE is an image with Go; build secret `ca` (may be absent): see stagekit/kit/images.
ARG GO_IMAGE=golang:1.26
FROM ${GO_IMAGE}
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false
RUN --mount=type=secret,id=ca,target=/run/ca.pem \
    if [ -s /run/ca.pem ]; then export SSL_CERT_FILE=/run/ca.pem; fi; \
    GOBIN=/usr/local/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
ENTRYPOINT ["/usr/local/bin/actionlint", "-no-color"]
