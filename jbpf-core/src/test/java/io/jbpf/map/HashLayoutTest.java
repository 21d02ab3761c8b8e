package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class HashLayoutTest {
    /** The structs as Linux 6.18 has them, as far as they matter; the element's node at an offset in bits. */
    private static Btf kernel(int nodeAt, String bucketsName) {
        BtfBuilder types = BtfBuilder.create(ByteOrder.LITTLE_ENDIAN);
        int u32 = types.add(BtfBuilder.unsigned("u32", 4));
        int u8 = types.add(BtfBuilder.unsigned("char", 1));
        int pointer = types.add(new BtfType.Pointer(0));
        int node = types.add(struct("hlist_nulls_node", 16, member("next", pointer, 0), member("pprev", pointer, 64)));
        int head = types.add(struct("hlist_nulls_head", 8, member("first", pointer, 0)));
        types.add(struct("bucket", 16, member("head", head, 0), member("raw_lock", u32, 64)));
        int key = types.add(new BtfType.Array(u8, u32, 0));
        int union = types.add(new BtfType.Struct("", 16, true, List.of(member("hash_node", node, 0))));
        types.add(
                struct("htab_elem", 48, member("", union, nodeAt), member("hash", u32, 320), member("key", key, 384)));
        types.add(struct("bpf_htab", 832, member(bucketsName, pointer, 3392), member("n_buckets", u32, 6080)));
        int proto = types.add(new BtfType.FuncProto(pointer, List.of()));
        types.add(new BtfType.Func("bpf_rdonly_cast", proto, BtfType.Linkage.STATIC));
        return Btf.parse("kernel", types.encode());
    }

    private static BtfType.Struct struct(String name, int size, BtfType.Member... members) {
        return new BtfType.Struct(name, size, false, List.of(members));
    }

    private static BtfType.Member member(String name, int type, int bitOffset) {
        return new BtfType.Member(name, type, bitOffset, 0);
    }

    @Test
    void isWhatTheTypesTell() {
        assertThat(HashLayout.of(kernel(0, "buckets"))).hasValueSatisfying(layout -> {
            assertThat(layout.buckets()).isEqualTo(424);
            assertThat(layout.bucketCount()).isEqualTo(760);
            assertThat(layout.bucketSize()).isEqualTo(16);
            assertThat(layout.first()).isZero();
            assertThat(layout.next()).isZero();
            assertThat(layout.key()).isEqualTo(48);
            assertThat(layout.castId()).isPositive();
        });
    }

    @Test
    void isNothingForTablesThatLookDifferent() {
        assertThat(HashLayout.of(kernel(64, "buckets"))).as("a node inside").isEmpty();
        assertThat(HashLayout.of(kernel(0, "table"))).as("no buckets").isEmpty();
        assertThat(HashLayout.of(Btf.parse(
                        "empty", BtfBuilder.create(ByteOrder.LITTLE_ENDIAN).encode())))
                .as("no types")
                .isEmpty();
    }
}
