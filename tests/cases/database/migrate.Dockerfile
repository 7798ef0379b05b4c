# Migrations as files, brought in by the database's own client.
ARG POSTGRES_IMAGE=postgres:17.12
FROM ${POSTGRES_IMAGE}
COPY migrate.sh /migrate.sh
COPY migrations /migrations
