package io.jbpf.object;

/**
 * A function of an object: a stretch of a code section.
 *
 * @param name its name
 * @param code the section
 * @param start its first slot in the section
 * @param length how many slots it has
 */
record Function(String name, CodeSection code, int start, int length) {
    int end() {
        return start + length;
    }
}
