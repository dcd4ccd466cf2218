extension Migrations {
    /// Names and identifiers that partners choose are found by keyed digests, which are made of their normal forms from now on
    /// (`String.normalized`, `PatientDetails.duplicateKey`). A tenant has 0 here while its rows may have digests that earlier
    /// versions made of other forms, and 1 when a service has made those again (`TenantScope.convertTextKeys`).
    ///
    /// Until then, and where a program of before that still runs adds more, rows are found by the text that they were stored
    /// with, as before.
    static let textKeys: [SQL] = ["ALTER TABLE tenants ADD COLUMN text_keys INTEGER NOT NULL DEFAULT 0"]
}
