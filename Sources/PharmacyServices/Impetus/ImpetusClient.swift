package import Logging
package import PharmacyDomain

/// The pharmacies' system over HTTP, as `Documentation/impetus.md` tells it.
package struct ImpetusClient: PharmacySystem {
    private let transport: ImpetusTransport
    private let codec: MedicationIDCodec
    private let time: any TimeSource
    private let logger: Logger
    private let refused: RefusedItems

    package init(transport: ImpetusTransport, codec: MedicationIDCodec, time: any TimeSource, logger: Logger) {
        self.transport = transport
        self.codec = codec
        self.time = time
        self.logger = logger
        refused = RefusedItems(logger: logger)
    }

    package func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        let answer = try await send(ImpetusRequest(method: .get, path: "v1/pharmacies", tenant: tenant))
        let read = try self.read(try found(answer), ImpetusReader.pharmacies)
        refused.note(read.refused, of: .pharmacies(tenant.id))
        return read.items
    }

    package func catalogue(
        of pharmacy: PharmacyID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> Catalogue? {
        // A price is as old as the question.
        let asOf = time.now()
        let path = "v1/pharmacies/\(pharmacy)/medications"
        var medications = ImpetusReader.Items<Medication>()
        var cursor: String?
        for page in 0..<ServiceLimits.cataloguePages {
            let query = cursor.map { "?cursor=\($0)" } ?? ""
            let answer = try await send(ImpetusRequest(method: .get, path: path + query, tenant: tenant))
            if answer.status == 404, page == 0 { return nil }
            let read = try self.read(try found(answer), ImpetusReader.catalogue)
            medications.append(read.medications)
            guard medications.count <= ServiceLimits.catalogueProducts else { break }
            cursor = read.cursor
            if cursor == nil {
                let whole = try self.read(medications, ImpetusReader.whole)
                refused.note(whole.refused, of: .catalogue(tenant.id, pharmacy))
                return Catalogue(medications: whole.items, asOf: asOf)
            }
        }
        throw told(PharmacySystemFailure(.invalidResponse))
    }

    package func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer {
        let body = JSON.object([JSON.Member("id", .string(patient.id.description))] + patient.details.members)
        return await tell(
            ImpetusRequest(method: .put, path: "v1/patients/\(patient.id)", tenant: tenant, body: body))
    }

    package func submit(
        _ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int
    ) async -> PharmacyAnswer {
        guard let code = codec.decode(placed: order.terms.medicationID, pharmacy: order.pharmacyID) else {
            return .unavailable(told(PharmacySystemFailure(.internalError)))
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
            ImpetusRequest(
                method: .put, path: "v1/prescriptions/\(id)", tenant: tenant, body: body, idempotencyKey: id,
                fencingToken: fencingToken))
    }

    package func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationAnswer {
        do {
            let answer = try await send(
                ImpetusRequest(
                    method: .post, path: "v1/prescriptions/\(order)/cancel", tenant: tenant,
                    body: ["reason": JSON(reason)], idempotencyKey: "\(order)/cancel"))
            return switch answer.status {
            case 200..<300: .agreed
            case 409: .tooLate
            default: .unavailable(told(PharmacySystemFailure(.invalidResponse)))
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
        let read = try self.read(try found(answer), ImpetusReader.reports)
        refused.note(read.refused, of: .reports(tenant.id, order))
        return read.items
    }

    private func tell(_ request: ImpetusRequest) async -> PharmacyAnswer {
        do {
            let answer = ImpetusReader.answer(try await send(request))
            if case .unavailable(let failure) = answer { _ = told(failure) }
            return answer
        } catch {
            return .unavailable(error)
        }
    }

    private func send(_ request: ImpetusRequest) async throws(PharmacySystemFailure) -> ImpetusTransport.Answer {
        do {
            return try await transport.send(request)
        } catch {
            throw told(error)
        }
    }

    /// The body of an answer that must be there.
    private func found(_ answer: ImpetusTransport.Answer) throws(PharmacySystemFailure) -> JSON? {
        guard (200..<300).contains(answer.status) else { throw told(PharmacySystemFailure(.invalidResponse)) }
        return answer.body
    }

    /// Reads an answer. One that is not as agreed is reported.
    private func read<Source, Value>(
        _ source: Source, _ read: (Source) throws(PharmacySystemFailure) -> Value
    ) throws(PharmacySystemFailure) -> Value {
        do {
            return try read(source)
        } catch {
            throw told(error)
        }
    }

    /// The failure, after the operator has been told what they alone can mend.
    private func told(_ failure: PharmacySystemFailure) -> PharmacySystemFailure {
        switch failure.reason {
        case .unauthorized, .invalidResponse, .internalError:
            logger.error("the pharmacy system does not answer as agreed", metadata: ["reason": "\(failure.reason)"])
        case .circuitOpen: break
        default: logger.warning("the pharmacy system fails", metadata: ["reason": "\(failure.reason)"])
        }
        return failure
    }
}
