package import PharmacyDomain

/// A signed statement, stored outside the database, that the audit log had reached an entry at a time. Somebody who can only
/// write the database cannot remove or replace an anchored entry without being detected.
package struct AuditAnchor: Hashable, Sendable {
    /// What an anchor states about its entry.
    package enum Statement: String, Sendable {
        /// The newest entry of the log.
        case head
        /// The entry in which an operator accepted a loss, for example after restoring an older backup.
        case lossAccepted = "loss_accepted"
    }

    /// An anchored entry that the log does not contain.
    package struct Loss: Hashable, Sendable, CustomStringConvertible {
        package let mark: AuditMark
        /// When the entry was anchored.
        package let at: Timestamp

        package init(mark: AuditMark, at: Timestamp) {
            self.mark = mark
            self.at = at
        }

        /// Reads `SEQUENCE:HASH@MILLISECONDS`; `nil` for anything else.
        init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let mark = AuditMark(String(parts[0])), let moment = Int64(parts[1]) else {
                return nil
            }
            self.init(mark: mark, at: Timestamp(milliseconds: moment))
        }

        package var description: String { "\(mark)@\(at.milliseconds)" }
    }

    package let kind: Statement
    /// The id of the key that signed the anchor (`AuditAnchorKey.id`).
    package let key: String
    package let at: Timestamp
    package let mark: AuditMark
    /// In a `head`, a loss that no operator has accepted, so that it is remembered when newer anchors match. In a
    /// `lossAccepted`, the newest accepted loss.
    package let loss: Loss?
    /// 64 bytes, Ed25519 (RFC 8032) over `signedText`.
    package let signature: [UInt8]

    /// The signed text: lines without a final newline, which an auditor can compose from the anchor.
    static func signedText(kind: Statement, key: String, at: Timestamp, mark: AuditMark, loss: Loss?) -> [UInt8] {
        let lines = [
            "united-pharmacy audit anchor 1", kind.rawValue, key, "\(at.milliseconds)", mark.description,
            loss?.description ?? "-",
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    var signedText: [UInt8] { AuditAnchor.signedText(kind: kind, key: key, at: at, mark: mark, loss: loss) }

    private static let format: Int64 = 1

    /// The anchor as a line of JSON, without the newline.
    package var line: [UInt8] {
        let json: JSON = [
            "format": .integer(AuditAnchor.format), "kind": .string(kind.rawValue), "key": .string(key),
            "at": JSON(at), "at_ms": .integer(at.milliseconds), "sequence": .integer(mark.sequence),
            "hash": .string(Hexadecimal.text(mark.hash)), "loss": JSON(loss?.description),
            "signature": .string(Hexadecimal.text(signature)),
        ]
        return json.bytes
    }

    init(kind: Statement, key: String, at: Timestamp, mark: AuditMark, loss: Loss?, signature: [UInt8]) {
        self.kind = kind
        self.key = key
        self.at = at
        self.mark = mark
        self.loss = loss
        self.signature = signature
    }

    /// Reads what `line` wrote; `nil` for anything else. The signature is not verified.
    init?(line: some Sequence<UInt8>) {
        guard let json = try? JSON.parse(line), json["format"]?.wholeNumber == AuditAnchor.format,
            let kind = json["kind"]?.text.flatMap(Statement.init(rawValue:)), let key = json["key"]?.text,
            let moment = json["at_ms"]?.wholeNumber, let sequence = json["sequence"]?.wholeNumber, sequence >= 0,
            let hash = json["hash"]?.text.flatMap({ Hexadecimal.bytes($0) }), hash.count == 32,
            let signature = json["signature"]?.text.flatMap({ Hexadecimal.bytes($0) }), signature.count == 64,
            let member = json["loss"]
        else { return nil }
        let loss = member.text.flatMap(Loss.init)
        guard loss != nil || member.isNull else { return nil }
        self.init(
            kind: kind, key: key, at: Timestamp(milliseconds: moment),
            mark: AuditMark(sequence: sequence, hash: hash), loss: loss, signature: signature)
    }
}
