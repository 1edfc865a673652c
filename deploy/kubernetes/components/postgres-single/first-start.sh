# Run once by the image's entry point, on an empty volume, after the server has started.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /etc/beckon/database.sql
for service in sources orders notify onboarding; do
  psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set role="beckon_$service" --set password="$(cat "/run/secrets/beckon/$service")" <<'SQL'
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
