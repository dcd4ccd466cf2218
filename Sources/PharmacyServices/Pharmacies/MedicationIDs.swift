internal import PharmacyDomain
internal import Synchronization

/// Encoded medication ids, each made once: a page of a catalogue holds 25, and sealing them is most of its cost.
final class MedicationIDs: Sendable {
    private struct Key: Hashable {
        let pharmacy: PharmacyID
        let productCode: String
    }

    private let codec: MedicationIDCodec
    private let known = Mutex<[Key: String]>([:])

    init(codec: MedicationIDCodec) {
        self.codec = codec
    }

    func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let key = Key(pharmacy: pharmacy, productCode: productCode)
        if let id = known.withLock({ $0[key] }) { return id }
        let id = try codec.encode(productCode, pharmacy: pharmacy)
        known.withLock { known in
            if known.count >= ServiceLimits.medicationIDs { known = [:] }
            known[key] = id
        }
        return id
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    func decode(_ id: String, pharmacy: PharmacyID) -> String? { codec.decode(id, pharmacy: pharmacy) }
}
