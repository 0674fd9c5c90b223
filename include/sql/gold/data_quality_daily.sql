-- What became of the documents received on each day of one month, by supplier and layout.
--
-- The supplier is the seller of a document's first invoice, so it is null for documents that were not parsed.
-- proof_rate: of the documents that were parsed, the share whose invoices all closed their proofs by themselves.
SELECT
    received_on,
    supplier_tax_id,
    min(supplier_name) AS supplier_name,
    layout,
    count(*) AS received,
    count(*) FILTER (state = 'accepted') AS accepted,
    count(*) FILTER (state = 'needs_review') AS needs_review,
    count(*) FILTER (state = 'quarantined') AS quarantined,
    count(*) FILTER (state = 'duplicate') AS duplicates,
    count(*) FILTER (state = 'rejected') AS rejected,
    count(*) FILTER (state = 'deleted') AS deleted,
    count(*) FILTER (validated_by IS NOT NULL) AS touched_by_people,
    count(*) FILTER (invoices > 0 AND proven = invoices) / nullif(count(*) FILTER (parsed_at IS NOT NULL OR invoices > 0), 0)
        AS proof_rate,
    sum(pages) AS pages,
    sum(cpu_seconds) AS cpu_seconds
FROM documents
GROUP BY received_on, supplier_tax_id, layout, CASE WHEN supplier_tax_id IS NULL THEN supplier_name END
