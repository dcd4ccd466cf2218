extension Migrations {
    /// Names and identifiers that partners choose are found by keyed digests, which are now made of their normal forms
    /// (`String.normalized`, `PatientDetails.duplicateKey`). A tenant has 0 here while its rows may have digests of other forms
    /// from earlier versions, and 1 when a service has replaced those (`TenantScope.convertTextKeys`).
    ///
    /// Until then, and while an older program that still runs adds such rows, rows are also found by the text with which they
    /// were stored.
    static let textKeys: [SQL] = ["ALTER TABLE tenants ADD COLUMN text_keys INTEGER NOT NULL DEFAULT 0"]
}
