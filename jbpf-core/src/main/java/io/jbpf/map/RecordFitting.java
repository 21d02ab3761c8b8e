package io.jbpf.map;

import io.jbpf.error.RecordMismatchException;
import io.jbpf.map.RecordLayout.Bits;
import io.jbpf.map.RecordLayout.Choice;
import io.jbpf.map.RecordLayout.Field;
import io.jbpf.map.RecordLayout.Nested;
import io.jbpf.map.RecordLayout.Real;
import io.jbpf.map.RecordLayout.Sequence;
import io.jbpf.map.RecordLayout.Shape;
import io.jbpf.map.RecordLayout.Truth;
import io.jbpf.map.RecordLayout.Whole;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Fits records to layouts: finds the member of each component, and what is different, and makes the handles. */
final class RecordFitting {
    private static final Map<Class<?>, Integer> INTEGERS =
            Map.of(byte.class, Byte.BYTES, short.class, Short.BYTES, int.class, Integer.BYTES, long.class, Long.BYTES);

    private final MethodHandles.Lookup lookup;
    private final List<String> differences = new ArrayList<>();

    private RecordFitting(MethodHandles.Lookup lookup) {
        this.lookup = lookup;
    }

    /**
     * How a value is read and written.
     *
     * @param reader {@code (ByteBuffer, int)T}: from where it begins
     * @param writer {@code (ByteBuffer, int, T)void}
     */
    record Handles(MethodHandle reader, MethodHandle writer) {
        Handles at(int offset) {
            MethodHandle shift = MethodHandles.insertArguments(RecordAccess.ADD, 1, offset);
            return new Handles(
                    MethodHandles.filterArguments(reader, 1, shift), MethodHandles.filterArguments(writer, 1, shift));
        }
    }

    static Handles fit(MethodHandles.Lookup lookup, Class<?> type, RecordLayout layout) {
        RecordFitting fitting = new RecordFitting(lookup);
        Handles handles = fitting.record("", type, layout);
        if (handles == null || !fitting.differences.isEmpty()) {
            throw new RecordMismatchException(type.getSimpleName(), layout.name(), fitting.differences);
        }
        return handles;
    }

    private @Nullable Handles record(String path, Class<?> type, RecordLayout layout) {
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Field> byName = new HashMap<>();
        layout.fields().forEach(field -> byName.put(field.name(), field));
        List<Handles> parts = new ArrayList<>();
        Set<Field> used = new HashSet<>();
        for (RecordComponent component : components) {
            String name = component.getName();
            Field field = byName.getOrDefault(name, byName.get(snakeCase(name)));
            if (field == null) {
                differences.add("component '" + path + name + "' has no member of that name");
                continue;
            }
            used.add(field);
            Handles value = value(path + name, component.getType(), field.shape());
            if (value != null) {
                parts.add(value.at(field.offset()));
            }
        }
        for (Field field : layout.fields()) {
            if (!field.optional() && !used.contains(field)) {
                differences.add("member '" + path + field.name() + "' has no component");
            }
        }
        overlaps(path, used);
        return differences.isEmpty() ? assembled(type, components, parts) : null;
    }

    private void overlaps(String path, Set<Field> used) {
        List<Field> ordered = new ArrayList<>(used);
        ordered.sort((a, b) -> Integer.compare(a.offset(), b.offset()));
        for (int i = 1; i < ordered.size(); i++) {
            Field before = ordered.get(i - 1);
            if (before.offset() + before.shape().width() > ordered.get(i).offset()) {
                differences.add("members '" + path + before.name() + "' and '" + path
                        + ordered.get(i).name() + "' share bytes: have one of them only");
            }
        }
    }

    private Handles assembled(Class<?> type, RecordComponent[] components, List<Handles> parts) {
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            MethodHandle reader = lookup.findConstructor(type, MethodType.methodType(void.class, types));
            MethodHandle writer =
                    MethodHandles.empty(MethodType.methodType(void.class, ByteBuffer.class, int.class, type));
            // From the last to the first, so that what is before keeps its place.
            for (int i = components.length - 1; i >= 0; i--) {
                reader = MethodHandles.collectArguments(reader, i, parts.get(i).reader());
                MethodHandle accessor =
                        lookup.findVirtual(type, components[i].getName(), MethodType.methodType(types[i]));
                writer = MethodHandles.foldArguments(
                        writer, MethodHandles.filterArguments(parts.get(i).writer(), 2, accessor));
            }
            int[] order = new int[2 * components.length];
            for (int i = 0; i < order.length; i++) {
                order[i] = i % 2;
            }
            return new Handles(
                    MethodHandles.permuteArguments(
                            reader, MethodType.methodType(type, ByteBuffer.class, int.class), order),
                    writer);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "record " + type.getName() + " cannot be reached by the lookup of "
                            + lookup.lookupClass().getName() + ": " + e.getMessage(),
                    e);
        }
    }

    private @Nullable Handles value(String path, Class<?> type, Shape shape) {
        if (shape instanceof Bits bits) {
            return different(path, type, "a bit field of " + bits.bits() + " bits");
        }
        if (type == byte[].class) {
            int width = shape.width();
            return new Handles(
                    MethodHandles.insertArguments(RecordAccess.READ_BYTES, 0, width),
                    MethodHandles.insertArguments(RecordAccess.WRITE_BYTES, 0, path, width));
        }
        if (shape instanceof Whole whole) {
            return integer(path, type, whole.width(), whole.signed());
        }
        if (shape instanceof Choice choice) {
            return type.isEnum() ? choice(path, type, choice) : integer(path, type, choice.width(), choice.signed());
        }
        if (shape instanceof Truth) {
            return type == boolean.class
                    ? new Handles(RecordAccess.READ_BOOLEAN, RecordAccess.WRITE_BOOLEAN)
                    : different(path, type, "a bool");
        }
        if (shape instanceof Real real) {
            return real(path, type, real);
        }
        if (shape instanceof Nested nested) {
            return type.isRecord()
                    ? record(path + ".", type, nested.layout())
                    : different(path, type, "a struct " + nested.layout().name());
        }
        if (shape instanceof Sequence sequence) {
            return sequence(path, type, sequence);
        }
        return different(path, type, "a union of " + shape.width() + " bytes, for byte[]");
    }

    private @Nullable Handles integer(String path, Class<?> type, int width, boolean signed) {
        Integer javaWidth = INTEGERS.get(type);
        if (javaWidth == null || javaWidth < width || width > Long.BYTES) {
            return different(path, type, (signed ? "a signed" : "an unsigned") + " integer of " + width + " bytes");
        }
        MethodHandle reader = MethodHandles.insertArguments(RecordAccess.READ_INTEGER, 0, width, signed);
        // As wide as the member: every bit pattern fits, whatever sign Java sees.
        boolean checked = javaWidth > width;
        MethodHandle writer =
                MethodHandles.insertArguments(RecordAccess.WRITE_INTEGER, 0, path, width, signed, checked);
        return new Handles(
                MethodHandles.explicitCastArguments(reader, MethodType.methodType(type, ByteBuffer.class, int.class)),
                writer.asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, type)));
    }

    private @Nullable Handles real(String path, Class<?> type, Real real) {
        if (type == float.class && real.width() == Float.BYTES) {
            return new Handles(RecordAccess.READ_FLOAT, RecordAccess.WRITE_FLOAT);
        }
        return type == double.class && real.width() == Double.BYTES
                ? new Handles(RecordAccess.READ_DOUBLE, RecordAccess.WRITE_DOUBLE)
                : different(path, type, "a floating-point number of " + real.width() + " bytes");
    }

    private @Nullable Handles choice(String path, Class<?> type, Choice choice) {
        Set<String> constants = new TreeSet<>();
        Map<Long, Object> byValue = new HashMap<>();
        Map<Object, Long> values = new HashMap<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            constants.add(name);
            Long value = choice.values().get(name);
            if (value != null) {
                byValue.put(value, constant);
                values.put(constant, value);
            }
        }
        Set<String> missing = new TreeSet<>(choice.values().keySet());
        missing.removeAll(constants);
        constants.removeAll(choice.values().keySet());
        if (!constants.isEmpty() || !missing.isEmpty()) {
            differences.add("component '" + path + "': enum " + type.getSimpleName() + " and enum " + choice.name()
                    + " differ in " + (constants.isEmpty() ? "" : constants + " (in Java only)")
                    + (constants.isEmpty() || missing.isEmpty() ? "" : " and ")
                    + (missing.isEmpty() ? "" : missing + " (in C only)"));
            return null;
        }
        RecordAccess.EnumTable table =
                new RecordAccess.EnumTable(path, choice.width(), choice.signed(), byValue, values);
        return new Handles(
                RecordAccess.READ_ENUM.bindTo(table).asType(MethodType.methodType(type, ByteBuffer.class, int.class)),
                RecordAccess.WRITE_ENUM
                        .bindTo(table)
                        .asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, type)));
    }

    private @Nullable Handles sequence(String path, Class<?> type, Sequence sequence) {
        int count = sequence.count();
        if (type == String.class && sequence.element() instanceof Whole whole && whole.width() == 1) {
            return new Handles(
                    MethodHandles.insertArguments(RecordAccess.READ_TEXT, 0, count),
                    MethodHandles.insertArguments(RecordAccess.WRITE_TEXT, 0, path, count));
        }
        if (!type.isArray()) {
            return different(path, type, "an array of " + count);
        }
        Class<?> element = type.getComponentType();
        if (element.isPrimitive()) {
            if (sequence.element() instanceof Whole whole && INTEGERS.getOrDefault(element, 0) == whole.width()) {
                return RecordAccess.integers(path, type, count);
            }
            return different(
                    path, type, "an array of integers of " + sequence.element().width() + " bytes");
        }
        Handles one = value(path + "[]", element, sequence.element());
        return one == null
                ? null
                : RecordAccess.elements(path, element, one, sequence.element().width(), count);
    }

    private @Nullable Handles different(String path, Class<?> type, String member) {
        differences.add("component '" + path + "' is of type " + type.getSimpleName() + ", the member is " + member);
        return null;
    }

    /** {@code cgroupId} → {@code cgroup_id}. */
    static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
