package io.jbpf.controller.rules;

import java.util.List;

/** What came of reading a resource. */
public sealed interface ConfigReading {
    /**
     * It makes sense.
     *
     * @param config what it says
     */
    record Accepted(Config config) implements ConfigReading {}

    /**
     * It does not, and nothing of it is acted upon.
     *
     * @param problems one sentence for each field that is wrong, naming the field and its value; never empty
     */
    record Refused(List<String> problems) implements ConfigReading {
        /** Keeps a copy of the list. */
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
