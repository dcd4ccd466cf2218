/// Something about a patient that is probably a typing error, and not certain enough to refuse the patient for.
package enum PatientWarning: String, CaseIterable, Sendable {
    /// The ZIP code is not in the state.
    case zipNotInState = "zip_not_in_state"
}

extension PatientDetails {
    /// What is probably wrong.
    package var warnings: [PatientWarning] {
        ZIPCode.states(of: zip).contains(state) ? [] : [.zipNotInState]
    }
}
