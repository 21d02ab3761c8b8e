package io.jbpf.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of a type known by BTF. {@code toString} is C: {@code {.port = 443, .name = "eth0"}}. */
public sealed interface Value {
    /**
     * The value in plain Java, as a JSON writer wants it, in the shape of {@code bpftool map dump}: a {@link Map} in
     * order, a {@link List}, {@link String}, {@link Long}, {@link BigInteger}, {@link Double} or {@link Boolean}. Other than
     * there, pointers are hexadecimal text, bit fields are numbers with their sign or enumerators like other members, and
     * the members of anonymous structs are members of what these are in.
     *
     * @return the value
     */
    Object plain();

    /**
     * A whole number.
     *
     * @param value the number
     */
    record Whole(BigInteger value) implements Value {
        @Override
        public Object plain() {
            return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }

    /**
     * A truth value.
     *
     * @param value whether it is true
     */
    record Truth(boolean value) implements Value {
        @Override
        public Object plain() {
            return value;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /**
     * A single character.
     *
     * @param code its code; negative if the compiler gave {@code char} a sign and this one's highest bit is set
     */
    record Letter(int code) implements Value {
        @Override
        public Object plain() {
            return (long) code;
        }

        @Override
        public String toString() {
            return "'" + Texts.escaped(code & 0xff, '\'') + "'";
        }
    }

    /**
     * An array of characters that reads as text.
     *
     * @param value the text before the first NUL
     */
    record Text(String value) implements Value {
        @Override
        public Object plain() {
            return value;
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("\"");
            value.chars().forEach(c -> text.append(Texts.escaped(c, '"')));
            return text.append('"').toString();
        }
    }

    /**
     * A value of an enum.
     *
     * @param name the enumerator; empty if none has this value
     * @param value the number; unsigned ones above 2<sup>63</sup> are large, not negative
     */
    record Choice(String name, BigInteger value) implements Value {
        @Override
        public Object plain() {
            return name.isEmpty() ? new Whole(value).plain() : name;
        }

        @Override
        public String toString() {
            return name.isEmpty() ? value.toString() : name;
        }
    }

    /**
     * A pointer.
     *
     * @param address where to
     */
    record Address(long address) implements Value {
        @Override
        public Object plain() {
            return toString();
        }

        @Override
        public String toString() {
            return "0x" + Long.toHexString(address);
        }
    }

    /**
     * A floating point number.
     *
     * @param value the number
     */
    record Real(double value) implements Value {
        /** {@return the number; the names of those that JSON does not have} */
        @Override
        public Object plain() {
            return Double.isFinite(value) ? (Object) value : Double.toString(value);
        }

        @Override
        public String toString() {
            return Double.toString(value);
        }
    }

    /**
     * What cannot be read: a floating point number of no known format.
     *
     * @param hex its bytes, as they lie in memory
     */
    record Raw(String hex) implements Value {
        @Override
        public Object plain() {
            return toString();
        }

        @Override
        public String toString() {
            return "0x" + hex;
        }
    }

    /**
     * An array.
     *
     * @param elements its elements
     */
    record Sequence(List<Value> elements) implements Value {
        @Override
        public Object plain() {
            List<Object> plain = new ArrayList<>(elements.size());
            elements.forEach(element -> plain.add(element.plain()));
            return plain;
        }

        @Override
        public String toString() {
            return Texts.list(elements);
        }
    }

    /**
     * A member, or a variable of a section.
     *
     * @param name its name; empty for an anonymous struct or union
     * @param value its value
     */
    record Field(String name, Value value) {
        @Override
        public String toString() {
            return name.isEmpty() ? value.toString() : "." + name + " = " + value;
        }
    }

    /**
     * A struct, a union (all of whose members are here, though they share their bytes), or a data section.
     *
     * @param fields its members in order
     */
    record Compound(List<Field> fields) implements Value {
        /** {@return a map by name; the members of anonymous structs and unions are among them, as they are in C} */
        @Override
        public Object plain() {
            Map<String, Object> plain = new LinkedHashMap<>();
            into(plain);
            return plain;
        }

        private void into(Map<String, Object> plain) {
            for (Field field : fields) {
                if (field.name().isEmpty() && field.value() instanceof Compound inner) {
                    inner.into(plain);
                } else {
                    plain.put(field.name(), field.value().plain());
                }
            }
        }

        @Override
        public String toString() {
            return Texts.list(fields);
        }

        /**
         * A member by its name; those of anonymous members are members too.
         *
         * @param name its name
         * @throws IllegalArgumentException if there is none of that name
         */
        public Value get(String name) {
            Value found = find(name);
            if (found == null) {
                throw new IllegalArgumentException("no member '" + name + "', only "
                        + fields.stream().map(Field::name).toList());
            }
            return found;
        }

        private @Nullable Value find(String name) {
            for (Field field : fields) {
                if (field.name().equals(name)) {
                    return field.value();
                }
                if (field.name().isEmpty() && field.value() instanceof Compound inner) {
                    Value deeper = inner.find(name);
                    if (deeper != null) {
                        return deeper;
                    }
                }
            }
            return null;
        }
    }
}
