package io.jbpf.inspect;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.map.BpfMap;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.MapInfo;
import io.jbpf.object.MapType;
import io.jbpf.value.Value;
import io.jbpf.value.ValueReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The elements of any map as typed values, by the map's own BTF: an element at a time, whatever the size of the map. Where
 * the map has no types, keys of arrays and the ids in maps of maps and program arrays are numbers, and all else is its bytes
 * ({@link Value.Raw}). What a walk through a changing map promises, {@link EntryCursor} says. For one thread.
 *
 * <pre>{@code
 * MapDump dump = MapDump.of(map);
 * for (Optional<MapDump.Entry> entry = dump.next(); entry.isPresent(); entry = dump.next()) {
 *     System.out.println(entry.get());
 * }
 * }</pre>
 */
public final class MapDump {
    private final BpfMap map;
    private final EntryCursor cursor;
    private final Function<byte[], Value> keys;
    private final Function<byte[], Value> values;

    private MapDump(BpfMap map, Function<byte[], Value> keys, Function<byte[], Value> values) {
        this.map = map;
        this.cursor = map.entries();
        this.keys = keys;
        this.values = values;
    }

    /**
     * An element.
     *
     * @param key its key
     * @param values its value; of a per-CPU map those of all possible CPUs, in the order of their numbers
     */
    public record Entry(Value key, List<Value> values) {
        @Override
        public String toString() {
            return key + ": " + (values.size() == 1 ? values.get(0) : values);
        }
    }

    /**
     * Begins a dump. Opening the map's BTF needs CAP_SYS_ADMIN.
     *
     * @param map which is to stay open
     * @throws BpfException if the elements of maps of this type have no keys
     */
    public static MapDump of(BpfMap map) {
        MapInfo info = map.info();
        if (info.keySize() == 0) {
            throw unreadable(map, null);
        }
        MapType type = map.type().orElse(MapType.UNSPEC);
        Optional<ValueReader> own =
                info.btfId() == 0 ? Optional.empty() : Optional.of(new ValueReader(BtfInfo.typesOf(info.btfId())));
        Function<byte[], Value> keys = hasIndex(type) ? MapDump::number : MapDump::raw;
        Function<byte[], Value> values = holdsIds(type) ? MapDump::number : MapDump::raw;
        // Of arrays and data sections the type of the key may be void.
        if (own.isPresent() && info.btfKeyTypeId() != 0) {
            keys = bytes -> own.get().read(info.btfKeyTypeId(), bytes);
        }
        if (own.isPresent() && info.btfValueTypeId() != 0) {
            values = bytes -> own.get().read(info.btfValueTypeId(), bytes);
        } else if (info.kernelValueTypeId() != 0) {
            ValueReader kernels = new ValueReader(kernelTypes(info));
            values = bytes -> kernels.read(info.kernelValueTypeId(), bytes);
        }
        return new MapDump(map, keys, values);
    }

    private static Btf kernelTypes(MapInfo info) {
        return info.kernelBtfId() == 0 ? KernelBtf.get() : BtfInfo.typesOf(info.kernelBtfId());
    }

    private static boolean hasIndex(MapType type) {
        return switch (type) {
            case ARRAY, PERCPU_ARRAY, ARRAY_OF_MAPS, PROG_ARRAY, STRUCT_OPS -> true;
            default -> false;
        };
    }

    /** What is put in by a descriptor, and read as an id. */
    private static boolean holdsIds(MapType type) {
        return switch (type) {
            case ARRAY_OF_MAPS, HASH_OF_MAPS, PROG_ARRAY -> true;
            default -> false;
        };
    }

    /**
     * The next element.
     *
     * @return nothing at the end
     * @throws BpfException if processes cannot read maps of this type
     * @throws io.jbpf.error.MalformedObjectException if the map's types do not fit its elements
     */
    public Optional<Entry> next() {
        try {
            if (!cursor.advance()) {
                return Optional.empty();
            }
        } catch (SystemCallException e) {
            throw isMissing(e) ? unreadable(map, e) : e;
        }
        return Optional.of(new Entry(keys.apply(copy(cursor.key())), values(cursor.value())));
    }

    private List<Value> values(ByteBuffer all) {
        if (!map.isPerCpu()) {
            return List.of(values.apply(copy(all)));
        }
        int size = map.info().valueSize();
        int stride = (size + 7) & -8;
        List<Value> each = new ArrayList<>();
        for (int at = all.position(); at < all.limit(); at += stride) {
            each.add(values.apply(copy(all.slice(at, size))));
        }
        return List.copyOf(each);
    }

    private static byte[] copy(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    private static Value raw(byte[] bytes) {
        return new Value.Raw(HexFormat.of().formatHex(bytes));
    }

    private static Value number(byte[] bytes) {
        int number = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
        return new Value.Whole(BigInteger.valueOf(Integer.toUnsignedLong(number)));
    }

    private static boolean isMissing(SystemCallException e) {
        return switch (e.errno().symbol()) {
            case "EOPNOTSUPP", "ENOTSUPP" -> true;
            default -> false;
        };
    }

    private static BpfException unreadable(BpfMap map, @Nullable SystemCallException cause) {
        String type = map.type()
                .map(MapType::kernelName)
                .orElse(Integer.toString(map.info().typeNumber()));
        return new BpfException(
                "map '" + map.name() + "' cannot be listed: the kernel does not let processes "
                        + (map.info().keySize() == 0 ? "walk through" : "read") + " maps of type " + type,
                cause);
    }
}
