package io.jbpf.controller.embedded;

/** A resource of the server. */
record ServedResource(String group, String version, String kind, String plural, String shortName, boolean namespaced) {

    /** The path that all resources of the group's version begin with, without a slash before it. */
    String groupPath() {
        return group.isEmpty() ? "api/" + version : "apis/" + group + "/" + version;
    }
}
