package io.jbpf.controller.node;

import io.jbpf.controller.rules.ObjectKey;

/**
 * One life of a pod: a pod made anew under the same name is another.
 *
 * @param key its namespace and name
 * @param uid what tells its lives apart
 */
public record PodIdentity(ObjectKey key, String uid) {
    @Override
    public String toString() {
        return key + " (" + uid + ")";
    }
}
