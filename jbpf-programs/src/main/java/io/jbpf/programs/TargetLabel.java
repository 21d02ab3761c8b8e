package io.jbpf.programs;

import io.jbpf.map.Codec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** What a target is, kept in the kernel beside its counts for whoever adopts them: struct label of syscall_counter.bpf.c. */
record TargetLabel(Kind kind, long id, long startTime, String path) {
    private static final int PATH_SIZE = 488;

    static final TargetLabel NONE = new TargetLabel(Kind.NONE, 0, 0, "");
    static final Codec<TargetLabel> CODEC = Codec.of(24 + PATH_SIZE, TargetLabel::encode, TargetLabel::decode);

    enum Kind {
        NONE(0),
        CGROUP(1),
        PROCESS(2);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        static Kind of(int number) {
            return number == CGROUP.number ? CGROUP : number == PROCESS.number ? PROCESS : NONE;
        }
    }

    /**
     * {@return the label of a cgroup}
     *
     * @throws IllegalArgumentException if its path is too long to be kept
     */
    static TargetLabel of(CgroupDirectory cgroup) {
        String path = cgroup.path().toString();
        if (path.getBytes(StandardCharsets.UTF_8).length > PATH_SIZE) {
            throw new IllegalArgumentException("the path " + path + " is longer than " + PATH_SIZE + " bytes");
        }
        return new TargetLabel(Kind.CGROUP, cgroup.key(), 0, path);
    }

    static TargetLabel of(ProcessTable.Entry process) {
        return new TargetLabel(Kind.PROCESS, process.pid(), process.startTime(), "");
    }

    Optional<CgroupDirectory> cgroup() {
        return kind == Kind.CGROUP
                ? Optional.of(new CgroupDirectory(Path.of(path), CgroupHierarchy.of(id), CgroupHierarchy.id(id)))
                : Optional.empty();
    }

    private void encode(ByteBuffer to) {
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        to.putInt(kind.number).putInt(text.length).putLong(id).putLong(startTime);
        to.put(text).put(new byte[PATH_SIZE - text.length]);
    }

    private static TargetLabel decode(ByteBuffer from) {
        int kind = from.getInt();
        byte[] text = new byte[Math.min(PATH_SIZE, Math.max(0, from.getInt()))];
        long id = from.getLong();
        long startTime = from.getLong();
        from.get(text);
        return new TargetLabel(Kind.of(kind), id, startTime, new String(text, StandardCharsets.UTF_8));
    }
}
