/// Splits a file of anchors into lines. Bytes without a newline at the end are not a line yet: a crash left them, or another
/// process is writing them.
struct AuditAnchorReader {
    private var unfinished: [UInt8] = []
    private var count = 0
    /// Whether the present line is too long to be an anchor, and is skipped up to its end.
    private var isTooLong = false

    mutating func lines(in bytes: ArraySlice<UInt8>) -> [AuditAnchorLine] {
        var lines: [AuditAnchorLine] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            unfinished += rest[..<end]
            rest = rest[(end + 1)...]
            count += 1
            let isLine = !isTooLong && unfinished.count <= ServiceLimits.anchorLineBytes
            lines.append(AuditAnchorLine(number: count, anchor: isLine ? AuditAnchor(line: unfinished) : nil))
            unfinished = []
            isTooLong = false
        }
        unfinished += rest
        if unfinished.count > ServiceLimits.anchorLineBytes {
            unfinished = []
            isTooLong = true
        }
        return lines
    }
}
