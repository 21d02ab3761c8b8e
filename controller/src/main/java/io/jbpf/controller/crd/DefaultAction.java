package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a packet that no port list names. */
public enum DefaultAction {
    /** It is let through. */
    @JsonProperty("allow")
    ALLOW,
    /** It is dropped. */
    @JsonProperty("block")
    BLOCK;

    /**
     * The word in resources and ConfigMaps.
     *
     * @return {@code allow} or {@code block}
     */
    public String word() {
        return this == ALLOW ? "allow" : "block";
    }
}
