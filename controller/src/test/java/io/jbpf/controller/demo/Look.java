package io.jbpf.controller.demo;

import java.util.Map;

/**
 * What can be seen of the pod from outside at one time.
 *
 * @param allowed what the allowed port says
 * @param blocked what the blocked port says
 * @param configMap what is in the ConfigMap that describes it; nothing if there is none
 * @param metrics what the controller exports
 */
record Look(Http.Answer allowed, Http.Answer blocked, Map<String, String> configMap, PodMetrics metrics) {}
