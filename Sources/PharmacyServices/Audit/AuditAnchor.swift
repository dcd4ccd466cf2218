package import PharmacyDomain

/// A statement that is stored outside the database: which entry the audit log had reached at a time, signed by the
/// installation. An entry that was anchored cannot be removed or replaced unseen by somebody who writes the database alone.
package struct AuditAnchor: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// The newest entry of the log.
        case head
        /// The entry by which an operator has accepted a loss, as after the restore of an older backup.
        case lossAccepted = "loss_accepted"
    }

    /// An anchored entry that the log does not have.
    package struct Loss: Hashable, Sendable, CustomStringConvertible {
        package let mark: AuditMark
        /// When the entry was anchored.
        package let at: Timestamp

        package init(mark: AuditMark, at: Timestamp) {
            self.mark = mark
            self.at = at
        }

        /// `SEQUENCE:HASH@MILLISECONDS`.
        init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let mark = AuditMark(String(parts[0])), let moment = Int64(parts[1]) else {
                return nil
            }
            self.init(mark: mark, at: Timestamp(milliseconds: moment))
        }

        package var description: String { "\(mark)@\(at.milliseconds)" }
    }

    package let kind: Kind
    /// Names the key that has signed it: `AuditAnchorKey.id`.
    package let key: String
    package let at: Timestamp
    package let mark: AuditMark
    /// In a `head`, a loss that nobody has accepted; so that it is not forgotten when newer anchors match. In a
    /// `lossAccepted`, the newest loss that was accepted.
    package let loss: Loss?
    /// 64 bytes, Ed25519 (RFC 8032) over `signedText`.
    package let signature: [UInt8]

    /// What is signed: lines without a final newline, from which an auditor can make it again.
    static func signedText(kind: Kind, key: String, at: Timestamp, mark: AuditMark, loss: Loss?) -> [UInt8] {
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

    init(kind: Kind, key: String, at: Timestamp, mark: AuditMark, loss: Loss?, signature: [UInt8]) {
        self.kind = kind
        self.key = key
        self.at = at
        self.mark = mark
        self.loss = loss
        self.signature = signature
    }

    /// `nil` for anything that is not such a line. Whether the signature holds is not looked at.
    init?(line: some Sequence<UInt8>) {
        guard let json = try? JSON.parse(line), json["format"]?.wholeNumber == AuditAnchor.format,
            let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)), let key = json["key"]?.text,
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
