package io.jbpf.controller.reconcile;

/**
 * One edit of one life of a config.
 *
 * @param uid which life
 * @param generation which edit
 */
record ConfigEdit(String uid, long generation) {}
