package io.jbpf.link;

import io.jbpf.elf.UsdtArgument;
import io.jbpf.elf.UsdtArgument.Constant;
import io.jbpf.elf.UsdtArgument.InMemory;
import io.jbpf.elf.UsdtArgument.InRegister;
import io.jbpf.error.BpfException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.UpdateMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;

/**
 * What tells programs that use libbpf's {@code bpf/usdt.bpf.h} ({@code BPF_USDT}, {@code bpf_usdt_arg}) where a probe's
 * arguments are: the maps {@code __bpf_usdt_specs} and {@code __bpf_usdt_ip_to_spec_id} that the header brings. Such a
 * program finds its entry by the attach cookie, and before Linux 5.15 by the probe's address.
 *
 * <p>One for each loaded object: it knows which entries are taken. Safe for use by many threads. Owns nothing; works while
 * its maps are open.
 */
public final class UsdtSpecs {
    /** The name of the map of entries. */
    public static final String SPECS_MAP = "__bpf_usdt_specs";

    /** The name of the map of addresses. */
    public static final String ADDRESSES_MAP = "__bpf_usdt_ip_to_spec_id";

    // enum __bpf_usdt_arg_type
    private static final int ARG_CONST = 0;
    private static final int ARG_REG = 1;
    private static final int ARG_REG_DEREF = 2;
    private static final int ARG_SIB = 3;

    /** Behind the arguments: {@code usdt_cookie} and {@code arg_cnt}, with padding. */
    private static final int TAIL = 16;

    private final BpfMap specs;
    private final BpfMap addresses;
    private final Layout layout;
    private final BitSet taken = new BitSet();

    /**
     * {@code struct __bpf_usdt_arg_spec}, which libbpf 1.7 made larger: an index register, its scale, and a type of one byte.
     * Both begin with the 64 bits of {@code val_off}, and the type follows.
     */
    private enum Layout {
        FIRST(16, 12, 14),
        WITH_INDEX(24, 14, 16);

        private static final int VALUE = 0;
        private static final int TYPE = 8;
        /** {@code idx_reg_off} has the lower twelve bits, {@code scale_bitshift} the others. */
        private static final int INDEX = 10;

        private final int size;
        private final int register;
        private final int signed;

        Layout(int size, int register, int signed) {
            this.size = size;
            this.register = register;
            this.signed = signed;
        }

        int tail() {
            return size * UsdtArgument.MOST;
        }
    }

    private UsdtSpecs(BpfMap specs, BpfMap addresses, Layout layout) {
        this.specs = specs;
        this.addresses = addresses;
        this.layout = layout;
    }

    /**
     * Those of an object.
     *
     * @param specs its map {@value #SPECS_MAP}
     * @param addresses its map {@value #ADDRESSES_MAP}
     * @throws BpfException if the maps are not as a known version of the header makes them
     */
    public static UsdtSpecs of(BpfMap specs, BpfMap addresses) {
        for (Layout layout : Layout.values()) {
            if (specs.info().valueSize() == layout.tail() + TAIL
                    && specs.info().keySize() == Integer.BYTES
                    && addresses.info().keySize() == Long.BYTES
                    && addresses.info().valueSize() == Integer.BYTES) {
                return new UsdtSpecs(specs, addresses, layout);
            }
        }
        throw new BpfException("maps '" + SPECS_MAP + "' and '" + ADDRESSES_MAP
                + "' are not as any bpf/usdt.bpf.h that this library knows (libbpf 0.8 to 1.8) makes them: values of "
                + specs.info().valueSize() + " bytes");
    }

    /**
     * Writes an entry.
     *
     * @param arguments where the probe's arguments are
     * @param cookie what {@code bpf_usdt_cookie} answers
     * @return its number, which is taken until {@link #release}
     */
    synchronized int add(List<UsdtArgument> arguments, long cookie) {
        int id = taken.nextClearBit(0);
        if (id >= specs.info().maxEntries()) {
            throw new BpfException("all " + id + " entries of map '" + SPECS_MAP
                    + "' are taken by attached probes; enlarge it with withMap(\"" + SPECS_MAP
                    + "\", map -> map.withMaxEntries(…))");
        }
        specs.typed(Codec.u32(), Codec.bytes(layout.tail() + TAIL)).put(id, encode(arguments, cookie));
        taken.set(id);
        return id;
    }

    /** Says under which address a probe is met, for kernels without cookies. */
    void addAddress(long address, int id) {
        if (!addresses.typed(Codec.u64(), Codec.u32()).update(address, id, UpdateMode.IF_ABSENT)) {
            throw new BpfException("a USDT probe at the address 0x" + Long.toHexString(address)
                    + " is attached already: before Linux 5.15 a program cannot tell two apart");
        }
    }

    /** Forgets an address. */
    void removeAddress(long address) {
        addresses.typed(Codec.u64(), Codec.u32()).delete(address);
    }

    /** Gives an entry back. */
    synchronized void release(int id) {
        taken.clear(id);
    }

    private byte[] encode(List<UsdtArgument> arguments, long cookie) {
        ByteBuffer spec = ByteBuffer.allocate(layout.tail() + TAIL).order(ByteOrder.nativeOrder());
        for (int i = 0; i < arguments.size(); i++) {
            UsdtArgument argument = arguments.get(i);
            int at = i * layout.size;
            if (argument instanceof Constant constant) {
                spec.putLong(at + Layout.VALUE, constant.value());
                type(spec, at, ARG_CONST);
            } else if (argument instanceof InRegister in) {
                type(spec, at, ARG_REG);
                spec.putShort(at + layout.register, (short) in.register().offset());
            } else if (argument instanceof InMemory in) {
                spec.putLong(at + Layout.VALUE, in.displacement());
                type(spec, at, in.index().isPresent() ? ARG_SIB : ARG_REG_DEREF);
                spec.putShort(at + layout.register, (short) in.base().offset());
                in.index().ifPresent(index -> index(spec, at, index.offset(), in.scale()));
            }
            spec.put(at + layout.signed, (byte) (argument.signed() ? 1 : 0));
            spec.put(at + layout.signed + 1, (byte) (Long.SIZE - argument.size() * Byte.SIZE));
        }
        spec.putLong(layout.tail(), cookie);
        spec.putShort(layout.tail() + Long.BYTES, (short) arguments.size());
        return spec.array();
    }

    /** Both layouts are little-endian machines', where the type's first byte is all of it. */
    private static void type(ByteBuffer spec, int at, int type) {
        spec.put(at + Layout.TYPE, (byte) type);
    }

    private void index(ByteBuffer spec, int at, int offset, int scale) {
        if (layout == Layout.FIRST) {
            throw new BpfException(
                    "an argument of the USDT probe is in memory that two registers point to, and the program's"
                            + " bpf/usdt.bpf.h cannot read that: compile it with that of libbpf 1.7 or later");
        }
        spec.putShort(at + Layout.INDEX, (short) (offset | Integer.numberOfTrailingZeros(scale) << 12));
    }
}
