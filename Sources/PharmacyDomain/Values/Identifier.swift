package import FoundationEssentials

/// The public identifier of a thing: a UUID (RFC 9562), written in lower case.
///
/// `Thing` is a tag of its own (`IdentifierTags.swift`) and not the thing itself, so that this type needs no feature.
package struct Identifier<Thing: TypedIdentifier>: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the 36-character form in upper or lower case; `nil` for anything else.
    package init?(_ text: String) {
        guard let uuid = UUIDText.parse(text.utf8) else { return nil }
        self.uuid = uuid
    }

    package var description: String { UUIDText.text(uuid) }
}
