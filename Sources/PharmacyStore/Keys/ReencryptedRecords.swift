/// Some records of a step, sealed anew.
struct ReencryptedRecords {
    /// The last row that was looked at; `nil` when the step is at its end.
    let last: Int64?
    let records: Int
    /// The rows that are unreadable, and stay as they are.
    var failed: [Int64] = []
}
