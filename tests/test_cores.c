/* SPDX-License-Identifier: MIT */
/*
 * How many threads the command starts, on machines that are folders here. cores.c is compiled into
 * this test, with what it needs, and comes first: it asks for extensions of the C library.
 */
#include "cores.c"

#include "fake_root.h"
#include "quota.c"
#include "system_file.c"
#include "test.h"
#include "values.c"

#ifdef __linux__

/* ---- Machines ---- */

struct machine {
    char root[FAKE_ROOT_BYTES];
    struct mask mask;
};

/* One without any files; the process may use the first `cpus` CPUs. */
static bool make(struct machine *machine, size_t cpus) {
    memset(machine, 0, sizeof *machine);
    for (size_t cpu = 0; cpu < cpus; cpu++)
        CPU_SET_S(cpu, sizeof machine->mask.sets, machine->mask.sets);
    return fake_root_make(machine->root);
}

static void put(const struct machine *machine, const char *name, const char *text) {
    fake_root_put(machine->root, name, text);
}

/* The same file of one CPU after the other. */
static void put_cpus(const struct machine *machine, const char *name, const char *const *texts) {
    for (size_t cpu = 0; texts[cpu]; cpu++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%zu/%s", cpu, name);
        put(machine, path, texts[cpu]);
    }
}

static void expect(const struct machine *machine, size_t wanted, const char *what) {
    size_t threads = threads_for(machine->root, &machine->mask);
    CHECK(threads == wanted, "%s: %zu threads, not %zu", what, threads, wanted);
}

static void destroy(const struct machine *machine) {
    fake_root_remove(machine->root);
}

#define CAPACITY  "cpu_capacity"
#define FREQUENCY "cpufreq/cpuinfo_max_freq"
#define SIBLINGS  "topology/thread_siblings_list"

/* ---- Cores ---- */

static void test_boards(void) {
    static const struct {
        const char *name, *file;
        size_t fast;
        const char *texts[9];
    } boards[] = {
        {"Raspberry Pi 4", FREQUENCY, 4, {"1500000\n", "1500000\n", "1500000\n", "1500000\n"}},
        {"Raspberry Pi 4, capacities", CAPACITY, 4, {"1024\n", "1024\n", "1024\n", "1024\n"}},
        {"RK3399", CAPACITY, 2, {"485\n", "485\n", "485\n", "485\n", "1024\n", "1024\n"}},
        {"RK3399, frequencies",
         FREQUENCY,
         2,
         {"1416000\n", "1416000\n", "1416000\n", "1416000\n", "1800000\n", "1800000\n"}},
        {"Jetson Nano", FREQUENCY, 4, {"1479000\n", "1479000\n", "1479000\n", "1479000\n"}},
        {"favoured cores", FREQUENCY, 4, {"4900000\n", "5000000\n", "4900000\n", "4800000\n"}},
        {"hybrid", FREQUENCY, 2, {"5000000\n", "5000000\n", "3800000\n", "3800000\n"}},
        {"at the limit", CAPACITY, 2, {"1024", "400", "820", "819"}},
        {"two threads a core",
         SIBLINGS,
         4,
         {"0-1", "0-1", "2-3", "2-3", "4,6", "5,7", "4,6", "5,7"}},
        {"one core", CAPACITY, 1, {"1024\n"}},
    };
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        struct machine machine;
        size_t cpus = 0;
        while (boards[i].texts[cpus])
            cpus++;
        if (!make(&machine, cpus))
            return;
        expect(&machine, cpus, "nothing is known");
        put_cpus(&machine, boards[i].file, boards[i].texts);
        expect(&machine, boards[i].fast, boards[i].name);
        destroy(&machine);
    }
}

static void test_masks(void) {
    struct machine machine;
    if (!make(&machine, 6))
        return;
    put_cpus(&machine, CAPACITY,
             (const char *[]){"485", "485", "485", "485", "1024", "1024", NULL});
    CPU_CLR_S(4, sizeof machine.mask.sets, machine.mask.sets);
    expect(&machine, 1, "one large core");
    CPU_CLR_S(5, sizeof machine.mask.sets, machine.mask.sets);
    expect(&machine, 4, "small cores alone");
    put_cpus(&machine, SIBLINGS, (const char *[]){"0,4", "1", "2-3", "2-3", NULL});
    expect(&machine, 3, "a core's second thread alone counts in full");
    CPU_CLR_S(2, sizeof machine.mask.sets, machine.mask.sets);
    expect(&machine, 3, "so does one whose first thread is out of bounds");
    CPU_SET_S(8191, sizeof machine.mask.sets, machine.mask.sets);
    expect(&machine, 4, "a CPU that nothing is known about makes them all equal");
    memset(&machine.mask, 0, sizeof machine.mask);
    expect(&machine, 1, "no CPU at all");
    destroy(&machine);
}

static void test_garbage(void) {
    static const char *const texts[] = {
        "",
        "\n",
        "fast\n",
        "-1024\n",
        " 1024\n",
        "1024x\n",
        "18446744073709551616\n",
        "0\n",
        "0x400",
        "1e3",
        "-",
        ",",
        "0-",
        "1-0,,",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct machine machine;
        if (!make(&machine, 2))
            return;
        put_cpus(&machine, FREQUENCY, (const char *[]){"1000", "2000", NULL});
        put_cpus(&machine, CAPACITY, (const char *[]){"1024", texts[i], NULL});
        expect(&machine, 1, texts[i]);
        put_cpus(&machine, FREQUENCY, (const char *[]){texts[i], "2000", NULL});
        put_cpus(&machine, SIBLINGS, (const char *[]){texts[i], texts[i], NULL});
        expect(&machine, i == 7 ? 1 : 2, texts[i]); /* "0": both are threads of that core */
        put(&machine, "/proc/self/cgroup", texts[i]);
        put(&machine, "/sys/fs/cgroup/cpu.max", texts[i]);
        expect(&machine, i == 7 ? 1 : 2, texts[i]);
        put(&machine, "/proc/self/cgroup", "0::/\n");
        expect(&machine, i == 7 ? 1 : 2, texts[i]);
        destroy(&machine);
    }
}

/* ---- Quotas ---- */

static void test_quotas(void) {
    static const struct {
        const char *text;
        size_t threads; /* of 8 */
    } quotas[] = {{"150000 100000\n", 2},
                  {"100000 100000\n", 1},
                  {"100001 100000\n", 2},
                  {"1000 100000\n", 1},
                  {"max 100000\n", 8},
                  {"900000 100000\n", 8},
                  {"100000\n", 8},
                  {"100000 0\n", 8},
                  {"0 100000\n", 8},
                  {"-1 100000\n", 8},
                  {"100000 max\n", 8},
                  {"1 2 3\n", 8},
                  {"18446744073709551615 18446744073709551615\n", 1}};
    struct machine machine;
    if (!make(&machine, 8))
        return;
    put(&machine, "/proc/self/cgroup", "0::/a/b.slice/c\n");
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        put(&machine, "/sys/fs/cgroup/a/b.slice/c/cpu.max", quotas[i].text);
        expect(&machine, quotas[i].threads, quotas[i].text);
    }
    put(&machine, "/sys/fs/cgroup/a/b.slice/c/cpu.max", "400000 100000\n");
    expect(&machine, 4, "own group");
    put(&machine, "/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    expect(&machine, 3, "a group above has less");
    put(&machine, "/sys/fs/cgroup/a/b.slice/cpu.max", "700000 100000\n");
    expect(&machine, 3, "a group between has more");
    put(&machine, "/sys/fs/cgroup/cpu.max", "200000 100000\n");
    expect(&machine, 2, "the root, as seen in a container");
    put(&machine, "/proc/self/cgroup", "0::/elsewhere/on/the/host\n");
    expect(&machine, 2, "a path that is not there");
    put(&machine, "/proc/self/cgroup", "0::/\n");
    expect(&machine, 2, "no path");
    put(&machine, "/proc/self/cgroup", "garbage\n:\n::\n0:\n0::\n0::relative\n5:cpuset:/\n");
    expect(&machine, 8, "no group");
    destroy(&machine);
}

static void test_quotas_version_1(void) {
    struct machine machine;
    if (!make(&machine, 8))
        return;
    put(&machine, "/proc/self/cgroup", "5:memory:/x\n4:cpuset,cpu,cpuacct:/docker/1\n1:name=x:/\n");
    put(&machine, "/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "350000\n");
    expect(&machine, 8, "a quota without a period");
    put(&machine, "/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
    expect(&machine, 4, "cpu,cpuacct");
    put(&machine, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put(&machine, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n");
    expect(&machine, 4, "no limit above");
    put(&machine, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "75000\n");
    expect(&machine, 2, "a limit above");
    put(&machine, "/proc/self/cgroup", "4:cpuset:/\n5:cpuacct:/\n");
    expect(&machine, 8, "other controllers");
    destroy(&machine);
}

int main(void) {
    test_boards();
    test_masks();
    test_garbage();
    test_quotas();
    test_quotas_version_1();
    CHECK(tlee_default_threads() >= 1, "no thread");
    return test_summary();
}
#else
int main(void) {
    CHECK(tlee_default_threads() >= 1, "no thread");
    return test_summary();
}
#endif
