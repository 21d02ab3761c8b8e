package io.jbpf.map;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Where this kernel's hash tables keep what a walk through their buckets needs (kernel/bpf/hashtab.c), by the kernel's own
 * types.
 *
 * @param buckets offset of {@code bpf_htab.buckets}, the address of an array
 * @param bucketCount offset of {@code bpf_htab.n_buckets}, a {@code u32}
 * @param bucketSize size of a {@code struct bucket}
 * @param first offset in a bucket of the address of its first element
 * @param next offset in an element of the address of the next
 * @param key offset in an element of its key; the value follows at a multiple of eight bytes
 * @param castId BTF id of {@code bpf_rdonly_cast}
 */
record HashLayout(int buckets, int bucketCount, int bucketSize, int first, int next, int key, int castId) {
    /**
     * {@return the layout, or nothing if these types do not tell}
     *
     * @param kernel the types of the kernel
     */
    static Optional<HashLayout> of(Btf kernel) {
        OptionalInt bucket = kernel.find("bucket", BtfKind.STRUCT);
        OptionalInt cast = kernel.find("bpf_rdonly_cast", BtfKind.FUNC);
        int buckets = offset(kernel, "bpf_htab", "buckets");
        int bucketCount = offset(kernel, "bpf_htab", "n_buckets");
        int head = offset(kernel, "bucket", "head");
        int first = offset(kernel, "hlist_nulls_head", "first");
        int next = offset(kernel, "hlist_nulls_node", "next");
        int key = offset(kernel, "htab_elem", "key");
        boolean known =
                IntStream.of(buckets, bucketCount, head, first, next, key).allMatch(each -> each >= 0);
        // A chain holds the addresses of nodes: an element is where its node is only if that comes first.
        boolean nodeFirst = offset(kernel, "htab_elem", "hash_node") == 0;
        if (bucket.isEmpty() || cast.isEmpty() || !known || !nodeFirst) {
            return Optional.empty();
        }
        int bucketSize = Math.toIntExact(kernel.sizeOf(bucket.getAsInt()));
        return Optional.of(new HashLayout(buckets, bucketCount, bucketSize, head + first, next, key, cast.getAsInt()));
    }

    private static int offset(Btf kernel, String struct, String member) {
        OptionalInt id = kernel.find(struct, BtfKind.STRUCT);
        return id.isPresent() ? search(kernel, id.getAsInt(), member).orElse(-1) : -1;
    }

    /** The offset of a member, also of one in a member without a name. */
    private static OptionalInt search(Btf kernel, int id, String name) {
        if (!(kernel.type(kernel.skipModifiers(id)) instanceof BtfType.Struct struct)) {
            return OptionalInt.empty();
        }
        for (BtfType.Member member : struct.members()) {
            if (member.name().equals(name)) {
                return OptionalInt.of(member.byteOffset());
            }
            if (member.name().isEmpty()) {
                OptionalInt within = search(kernel, member.typeId(), name);
                if (within.isPresent()) {
                    return OptionalInt.of(member.byteOffset() + within.getAsInt());
                }
            }
        }
        return OptionalInt.empty();
    }
}
