internal import PharmacyDomain

/// Reads what the pharmacies' system answers. It is not ours: whatever is not as agreed is an error, never a guess.
enum ImpetusReader {
    private static var broken: PharmacySystemFailure { PharmacySystemFailure(.invalidResponse) }

    static func pharmacies(_ body: JSON?) throws(PharmacySystemFailure) -> [Pharmacy] {
        let items = try list("pharmacies", in: body, limit: ServiceLimits.pharmaciesCount)
        var pharmacies: [Pharmacy] = []
        for item in items {
            guard let id = item["id"]?.text.flatMap(PharmacyID.init), let name = text("name", in: item),
                let slug = text("slug", in: item), slug.utf8.allSatisfy(isSlugByte),
                let status = item["status"]?.text.flatMap(Pharmacy.Status.init(rawValue:)),
                isNumber("npi", digits: 10...10, in: item), isNumber("ncpdp_id", digits: 7...7, in: item)
            else { throw broken }
            pharmacies.append(Pharmacy(id: id, name: name, slug: slug, status: status))
        }
        guard Set(pharmacies.map(\.id)).count == pharmacies.count else { throw broken }
        return pharmacies
    }

    private static func isSlugByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || ASCIIDigits.isDigit(byte) || byte == UInt8(ascii: "-")
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// One page of a catalogue.
    struct CataloguePage {
        let medications: [Medication]
        /// Asks for the next page; `nil` on the last.
        let cursor: String?
    }

    static func catalogue(_ body: JSON?) throws(PharmacySystemFailure) -> CataloguePage {
        let items = try list("medications", in: body, limit: ServiceLimits.catalogueProducts)
        guard let body, let pharmacy = text("pharmacy", in: body) else { throw broken }
        var medications: [Medication] = []
        for item in items {
            guard let code = text("code", in: item), code.utf8.count <= 64, let name = text("name", in: item),
                let strength = text("strength", in: item, mayBeEmpty: true),
                let form = text("form", in: item, mayBeEmpty: true),
                let formulation = text("formulation", in: item, mayBeEmpty: true),
                let quantity = text("quantity", in: item), let units = text("quantity_units", in: item),
                let schedule = text("schedule_code", in: item), let type = text("type", in: item),
                let price = item["price"]?.text.flatMap(Price.init), isNumber("ndc", digits: 10...11, in: item)
            else { throw broken }
            medications.append(
                Medication(
                    productCode: code, name: name, strength: strength, form: form, formulation: formulation,
                    quantity: quantity, quantityUnits: units, scheduleCode: schedule, type: type, pharmacy: pharmacy,
                    price: price))
        }
        return CataloguePage(medications: medications, cursor: try cursor(body["next_cursor"]))
    }

    private static func cursor(_ value: JSON?) throws(PharmacySystemFailure) -> String? {
        guard let value, !value.isNull else { return nil }
        // It goes into a URL of ours.
        guard let text = value.text, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ isSlugByte($0) || $0 == UInt8(ascii: "_") || isCapital($0) })
        else { throw broken }
        return text
    }

    /// What a pharmacy did with something it was told.
    static func answer(_ answer: ImpetusTransport.Answer) -> PharmacyAnswer {
        switch answer.status {
        case 200..<300: .accepted
        case 422: .refused(reason: reason(answer.body))
        case 409 where answer.body?["code"] == "stale_submission": .superseded
        default: .unavailable(broken)
        }
    }

    /// The pharmacy's reason, fit to be shown.
    static func reason(_ body: JSON?) -> String {
        let raw = body?["reason"]?.text ?? ""
        let plain = String(raw.map { $0.isNewline || String($0).hasControlCharacters(allowingLines: false) ? " " : $0 })
        let text = String(plain.trimmed.prefix(ServiceLimits.pharmacyReason)).trimmed
        return text.isEmpty ? "The pharmacy refused it." : text
    }

    static func reports(_ body: JSON?) throws(PharmacySystemFailure) -> [Order.Report] {
        var reports: [Order.Report] = []
        for item in try list("reports", in: body, limit: ServiceLimits.orderReports) {
            guard let report = report(item) else { throw broken }
            reports.append(report)
        }
        return reports
    }

    /// `status`, `reason`, `shipping`; `nil` for anything else.
    static func report(_ item: JSON) -> Order.Report? {
        guard let status = item["status"]?.text.flatMap(OrderStatus.init(rawValue:)) else { return nil }
        var shipping: Order.Shipping?
        if let parcel = item["shipping"], !parcel.isNull {
            guard let carrier = text("carrier", in: parcel), let tracking = text("tracking", in: parcel),
                let state = text("shipping_status", in: parcel)
            else { return nil }
            shipping = Order.Shipping(carrier: carrier, tracking: tracking, status: state)
        }
        if let reason = item["reason"], !reason.isNull, reason.text == nil { return nil }
        let said = item["reason"]?.text?.trimmed ?? ""
        return Order.Report(status, reason: said.isEmpty ? nil : reason(item), shipping: shipping)
    }

    private static func list(
        _ name: String, in body: JSON?, limit: Int
    ) throws(PharmacySystemFailure) -> [JSON] {
        guard let items = body?[name]?.elements, items.count <= limit else { throw broken }
        return items
    }

    private static func text(_ name: String, in item: JSON, mayBeEmpty: Bool = false) -> String? {
        guard let text = item[name]?.text, text.unicodeScalars.count <= ServiceLimits.catalogueText,
            !text.hasControlCharacters(allowingLines: false), mayBeEmpty || !text.trimmed.isEmpty
        else { return nil }
        return text
    }

    /// Whether a standard number (NDC, NPI, NCPDP id) is absent or one; hyphens do not count.
    private static func isNumber(_ name: String, digits: ClosedRange<Int>, in item: JSON) -> Bool {
        guard let value = item[name], !value.isNull else { return true }
        guard let bytes = value.text?.utf8.filter({ $0 != UInt8(ascii: "-") }) else { return false }
        return digits.contains(bytes.count) && bytes.allSatisfy(ASCIIDigits.isDigit)
    }
}
