internal import PharmacyDomain

/// A version of the contract with the pharmacies' system (`Documentation/impetus.md`). Each has everything that the ones before
/// have.
struct ImpetusContract: Hashable, Comparable {
    /// Of version 1: all versions that this program knows are compatible with each other.
    private let minor: Int

    /// 1.0: patients, catalogs, prescriptions, reports.
    static let first = ImpetusContract(minor: 0)
    /// 1.1: the address, shipping method, prescriber, directions and refills of a prescription, and amendments of it; a
    /// patient's allergies, conditions and medications; the states that a pharmacy ships to; when a parcel was shipped
    /// and delivered.
    static let prescriptionDetails = ImpetusContract(minor: 1)
    /// The version that this program sends.
    static let latest = prescriptionDetails

    private init(minor: Int) {
        self.minor = minor
    }

    /// The version that the system declares with its list of pharmacies: the first where it declares none.
    /// - Throws: where it is not a version 1.
    init(declaredIn body: JSON?) throws(PharmacySystemFailure) {
        guard let declared = body?["contract"], !declared.isNull else {
            self = .first
            return
        }
        guard let parts = declared.text?.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false),
            parts.count == 2, ASCIIDigits.number(parts[0]) == 1, let minor = ASCIIDigits.number(parts[1])
        else {
            throw PharmacySystemFailure(.invalidResponse, cause: "the contract is no version 1")
        }
        self.minor = minor
    }

    static func < (one: ImpetusContract, other: ImpetusContract) -> Bool { one.minor < other.minor }

    var text: String { "1.\(minor)" }
}
