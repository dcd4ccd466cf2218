internal import PharmacyDomain
internal import Synchronization

/// Encoded medication ids, each made once: a page of a catalog holds 25, and sealing them is most of its cost.
final class MedicationIDs: Sendable {
    private struct Key: Hashable {
        let pharmacy: PharmacyID
        let productCode: String
    }

    private let codec: MedicationIDCodec
    private let known = Mutex<(generation: Int, ids: [Key: String])>((0, [:]))

    init(codec: MedicationIDCodec) {
        self.codec = codec
    }

    func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let key = Key(pharmacy: pharmacy, productCode: productCode)
        let generation = codec.generation
        let found = known.withLock { known in
            if known.generation != generation { known = (generation, [:]) }
            return known.ids[key]
        }
        if let found { return found }
        let id = try codec.encode(productCode, pharmacy: pharmacy)
        known.withLock { known in
            guard known.generation == generation else { return }
            if known.ids.count >= ServiceLimits.medicationIDs { known.ids = [:] }
            known.ids[key] = id
        }
        return id
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    func decode(_ id: String, pharmacy: PharmacyID) -> String? { codec.decode(id, pharmacy: pharmacy) }
}
