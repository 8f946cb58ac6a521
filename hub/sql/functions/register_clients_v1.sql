-- Register clients and products that facts name and nobody registered.
CREATE FUNCTION hub.register_clients_v1() RETURNS void LANGUAGE sql AS $$
    INSERT INTO hub.clients (tenant, name)
        SELECT tenant, client FROM hub.campaigns WHERE client <> ''
        UNION SELECT tenant, client FROM hub.fact_leads WHERE client <> ''
        UNION SELECT tenant, client FROM hub.fact_sales WHERE client <> ''
    ON CONFLICT DO NOTHING;
    INSERT INTO hub.products (tenant, client, name)
        SELECT tenant, client, product FROM hub.campaigns WHERE client <> '' AND product <> ''
        UNION SELECT tenant, client, product FROM hub.fact_sales WHERE client <> '' AND product <> ''
    ON CONFLICT DO NOTHING;
$$;
