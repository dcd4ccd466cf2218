package import Logging
package import PharmacyDomain

/// The pharmacies' system over HTTP, as `Documentation/impetus.md` tells it.
package struct ImpetusClient: PharmacySystem {
    private let transport: ImpetusTransport
    private let codec: MedicationIDCodec
    private let time: any ServerClock
    private let failures: FailureLog
    private let refused: RefusedItems

    package init(transport: ImpetusTransport, codec: MedicationIDCodec, time: any ServerClock, logger: Logger) {
        self.transport = transport
        self.codec = codec
        self.time = time
        failures = FailureLog(time: time, logger: logger)
        refused = RefusedItems(logger: logger)
    }

    package func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        let answer = try await send(ImpetusRequest(method: .get, path: "v1/pharmacies", tenant: tenant))
        let read = try read(.pharmacies, answer, ImpetusReader.pharmacies)
        refused.note(read.refused, of: .pharmacies(tenant.id))
        return read.items
    }

    package func catalog(
        of pharmacy: PharmacyID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> Catalog? {
        // A price is as old as the question.
        let asOf = time.now()
        let path = "v1/pharmacies/\(pharmacy)/medications"
        var medications = ImpetusReader.Items<Medication>()
        var cursor: String?
        for page in 0..<ServiceLimits.cataloguePages {
            let query = cursor.map { "?cursor=\($0)" } ?? ""
            let answer = try await send(ImpetusRequest(method: .get, path: path + query, tenant: tenant))
            if answer.status == 404, page == 0 { return nil }
            let read = try read(.catalog(pharmacy), answer, ImpetusReader.catalog)
            medications.append(read.medications)
            guard medications.count <= ServiceLimits.catalogProducts else { break }
            cursor = read.cursor
            if cursor == nil {
                let whole = try reported(.catalog(pharmacy)) { () throws(PharmacySystemFailure) in
                    try ImpetusReader.whole(medications)
                }
                refused.note(whole.refused, of: .catalog(tenant.id, pharmacy))
                return Catalog(medications: whole.items, asOf: asOf)
            }
        }
        throw told(.catalog(pharmacy), PharmacySystemFailure(.invalidResponse, cause: "too many products or pages"))
    }

    package func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult {
        let body = JSON.object([JSON.Member("id", .string(patient.id.description))] + patient.details.members)
        return await tell(
            .patient, ImpetusRequest(method: .put, path: "v1/patients/\(patient.id)", tenant: tenant, body: body))
    }

    package func submit(
        _ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int
    ) async -> PharmacyResult {
        guard let code = codec.decode(placed: order.terms.medicationID, pharmacy: order.pharmacyID) else {
            return .unavailable(
                told(.prescription, PharmacySystemFailure(.internalError, cause: "a medication id cannot be read")))
        }
        let id = order.id.description
        let body: JSON = [
            "id": .string(id), "pharmacy_id": .string(order.pharmacyID.description),
            "patient_id": .string(patient.id.description), "patient": .object(patient.details.members),
            "product_code": .string(code), "dispense_quantity": JSON(order.terms.dispenseQuantity),
            "days_supply": JSON(order.terms.daysSupply), "price": order.medication["price"] ?? .null,
            "reference": JSON(order.terms.reference), "memo": JSON(order.terms.memo),
            "clinical_notes": JSON(order.terms.clinicalNotes), "ordered_at": JSON(order.createdAt),
        ]
        return await tell(
            .prescription,
            ImpetusRequest(
                method: .put, path: "v1/prescriptions/\(id)", tenant: tenant, body: body, idempotencyKey: id,
                fencingToken: fencingToken))
    }

    package func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationResult {
        do {
            let answer = try await send(
                ImpetusRequest(
                    method: .post, path: "v1/prescriptions/\(order)/cancel", tenant: tenant,
                    body: ["reason": JSON(reason)], idempotencyKey: "\(order)/cancel"))
            return switch answer.status {
            case 200..<300: .agreed
            case 409: .tooLate
            default:
                .unavailable(
                    told(.cancellation, PharmacySystemFailure(.invalidResponse, cause: "status \(answer.status)")))
            }
        } catch {
            return .unavailable(error)
        }
    }

    package func reports(
        on order: OrderID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> [Order.Report]? {
        let answer = try await send(
            ImpetusRequest(method: .get, path: "v1/prescriptions/\(order)", tenant: tenant))
        if answer.status == 404 { return nil }
        let read = try read(.reports, answer, ImpetusReader.reports)
        refused.note(read.refused, of: .reports(tenant.id, order))
        return read.items
    }

    private func tell(_ work: Work, _ request: ImpetusRequest) async -> PharmacyResult {
        do {
            let answer = ImpetusReader.answer(try await send(request))
            guard case .unavailable(let failure) = answer else {
                failures.succeeded(work.name)
                return answer
            }
            return .unavailable(told(work, failure))
        } catch {
            return .unavailable(error)
        }
    }

    private func send(_ request: ImpetusRequest) async throws(PharmacySystemFailure) -> ImpetusTransport.Answer {
        do {
            let answer = try await transport.send(request)
            failures.succeeded(Work.connection.name)
            return answer
        } catch {
            // Given up by whoever asked, as when a client has gone: it says nothing of the system.
            throw Task.isCancelled ? error : told(.connection, error)
        }
    }

    /// What is read of the body of an answer that must be there.
    private func read<Value>(
        _ work: Work, _ answer: ImpetusTransport.Answer, _ reader: (JSON?) throws(PharmacySystemFailure) -> Value
    ) throws(PharmacySystemFailure) -> Value {
        try reported(work) { () throws(PharmacySystemFailure) in
            guard (200..<300).contains(answer.status) else {
                throw PharmacySystemFailure(.invalidResponse, cause: "status \(answer.status)")
            }
            return try reader(answer.body)
        }
    }

    /// Reads an answer, or what answers have come to. One that is not as agreed is reported.
    private func reported<Value>(
        _ work: Work, _ read: () throws(PharmacySystemFailure) -> Value
    ) throws(PharmacySystemFailure) -> Value {
        do throws(PharmacySystemFailure) {
            let value = try read()
            failures.succeeded(work.name)
            return value
        } catch {
            throw told(work, error)
        }
    }

    /// What can fail by itself, as the log names it: the system may be reached and one kind of its answers be wrong.
    private enum Work {
        case connection
        case pharmacies
        case catalog(PharmacyID)
        case patient
        case prescription
        case cancellation
        case reports

        var name: String {
            switch self {
            case .connection: "the pharmacy system"
            case .pharmacies: "the pharmacy system's list of pharmacies"
            case .catalog(let pharmacy): "the catalog of pharmacy \(pharmacy)"
            case .patient: "telling the pharmacy system of a patient"
            case .prescription: "handing a prescription to the pharmacy system"
            case .cancellation: "cancelling a prescription"
            case .reports: "asking for a prescription's reports"
            }
        }
    }

    /// The failure, after the operator has been told what they alone can mend.
    private func told(_ work: Work, _ failure: PharmacySystemFailure) -> PharmacySystemFailure {
        switch failure.reason {
        case .unauthorized, .invalidResponse, .internalError:
            failures.failed(
                work.name, failure, message: "the pharmacy system does not answer as agreed",
                metadata: ["reason": "\(failure.reason)", "work": "\(work.name)"])
        // The failures that have opened it are in the log; too many calls at once are the partner's doing.
        case .circuitOpen, .overloaded: break
        default:
            failures.failed(
                work.name, failure, level: .warning, message: "the pharmacy system fails",
                metadata: ["reason": "\(failure.reason)"])
        }
        return failure
    }
}
