/// The result of re-encrypting a page of records of one kind.
struct ReencryptedRecords {
    /// The last row of the page; `nil` for the last page.
    let last: Int64?
    /// How many records were re-encrypted.
    let records: Int
    /// The unreadable rows, which are unchanged.
    var failed: [Int64] = []
}
