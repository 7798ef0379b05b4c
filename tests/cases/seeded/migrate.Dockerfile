# Migrations and a seed as files, brought in by the database's own client.
ARG POSTGRES_IMAGE=postgres:17.12
FROM ${POSTGRES_IMAGE}
COPY migrate.sh seed.sh /
COPY migrations /migrations
