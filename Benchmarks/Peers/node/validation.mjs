// Rules for the members of a body. A rule returns what is wrong with a value, or undefined.
import { APIError } from "./errors.mjs";

export const text = (maximum) => (value) => {
  if (typeof value !== "string") return "must be a string.";
  if (value === "") return "must not be empty.";
  // Counting characters is slower than counting UTF-16 units, of which there are never fewer.
  if (value.length > maximum && [...value].length > maximum) return `must have at most ${maximum} characters.`;
};

export const pattern = (expression, problem) => (value) => {
  if (typeof value !== "string" || !expression.test(value)) return problem;
};

export const integer = (minimum, maximum) => (value) => {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    return `must be an integer between ${minimum} and ${maximum}.`;
  }
};

export function pastDate(value) {
  if (typeof value !== "string" || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return "must be a date: YYYY-MM-DD.";
  const date = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(value)) return "must be an existing date.";
  if (value >= new Date().toISOString().slice(0, 10)) return "must be in the past.";
}

export const list = (maximum, rule) => (value) => {
  if (!Array.isArray(value)) return "must be a list.";
  if (value.length > maximum) return `must have at most ${maximum} elements.`;
  return value.map(rule).find((problem) => problem);
};

// Returns the members that have a rule. Optional members that are missing are null. Throws all problems.
export function validate(body, { required, optional }) {
  if (typeof body !== "object" || body === null) throw APIError.invalid({ body: ["The body must be an object."] });
  const values = {};
  const errors = {};
  const check = (name, rule) => {
    const problem = rule(body[name]);
    if (problem) errors[name] = [`${name} ${problem}`];
    values[name] = body[name];
  };
  for (const [name, rule] of Object.entries(required)) {
    if (body[name] == null) errors[name] = [`${name} is required.`];
    else check(name, rule);
  }
  for (const [name, rule] of Object.entries(optional)) {
    if (body[name] == null) values[name] = null;
    else check(name, rule);
  }
  if (Object.keys(errors).length > 0) throw APIError.invalid(errors);
  return values;
}
