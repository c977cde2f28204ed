/* SPDX-License-Identifier: MIT */
/* What the command says of machines that are folders here. */
#include "fake_root.h"
#include "machine_facts.c"
#include "system_file.c"
#include "test.h"
#include "values.c"

static struct tlee_machine_facts facts_of(const char *root, unsigned cpu) {
    struct tlee_machine_facts facts;
    tlee_machine_facts(root, cpu, &facts);
    return facts;
}

/* NaN equals NaN. */
static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : fabs(a - b) < 1e-9;
}

static void test_nothing(void) {
    char root[FAKE_ROOT_BYTES];
    if (!fake_root_make(root))
        return;
    struct tlee_machine_facts facts = facts_of(root, 0);
    CHECK(!*facts.cpu && !*facts.board && !*facts.governor, "%s, %s, %s", facts.cpu, facts.board,
          facts.governor);
    CHECK(isnan(facts.clock_mhz) && isnan(facts.clock_max_mhz) && isnan(facts.temperature_c),
          "%g, %g, %g", facts.clock_mhz, facts.clock_max_mhz, facts.temperature_c);
    CHECK(tlee_peak_rss_bytes(root) == 0, "memory");
    fake_root_remove(root);
}

static void test_board(void) {
    char root[FAKE_ROOT_BYTES];
    if (!fake_root_make(root))
        return;
    fake_root_put(root, "/proc/cpuinfo",
                  "processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd08\n\nmodel names: no\n");
    fake_root_put(root, "/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4");
    fake_root_put(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000\n");
    fake_root_put(root, "/sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq", "1500398\n");
    fake_root_put(root, "/sys/devices/system/cpu/cpu2/cpufreq/cpuinfo_max_freq", "1800000\n");
    fake_root_put(root, "/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "ondemand\n");
    fake_root_put(root, "/proc/self/status", "Name:\ttlee\nVmPeak:\t  9 kB\nVmHWM:\t  1624 kB\n");
    struct tlee_machine_facts facts = facts_of(root, 2);
    CHECK(!strcmp(facts.board, "Raspberry Pi 4 Model B Rev 1.4"), "%s", facts.board);
    CHECK(!strcmp(facts.cpu, facts.board), "%s", facts.cpu);
    CHECK(!strcmp(facts.governor, "ondemand"), "%s", facts.governor);
    CHECK(same(facts.clock_mhz, 1500.398) && same(facts.clock_max_mhz, 1800), "%g of %g",
          facts.clock_mhz, facts.clock_max_mhz);
    CHECK(tlee_peak_rss_bytes(root) == 1624 * 1024, "memory");
    fake_root_put(root, "/proc/cpuinfo", "x: y\nmodel name \t:  ARMv7 Processor (v7l) \t\nz: 1\n");
    facts = facts_of(root, 0);
    CHECK(!strcmp(facts.cpu, "ARMv7 Processor (v7l)"), "%s", facts.cpu);
    CHECK(same(facts.clock_mhz, 600) && isnan(facts.clock_max_mhz) && !*facts.governor, "cpu0");
    fake_root_remove(root);
}

static void test_zones(void) {
    static const struct {
        const char *name, *types[4], *temperatures[4];
        double wanted;
    } boards[] = {
        {"Raspberry Pi", {"cpu-thermal\n"}, {"48686\n"}, 48.686},
        {"Jetson Nano",
         {"AO-therm\n", "CPU-therm\n", "GPU-therm\n", "PMIC-Die\n"},
         {"40500\n", "35250\n", "34000\n", "100000\n"},
         35.25},
        {"PC", {"acpitz\n", "x86_pkg_temp\n"}, {"27800\n", "61000\n"}, 61},
        {"none is the processor's", {"soc-thermal\n", "gpu\n"}, {"51111\n", "40000\n"}, 51.111},
        {"the first cannot be read", {"a\n", "b\n"}, {"\n", "7000\n"}, 7},
        {"the processor's cannot", {"a\n", "cpu\n"}, {"9000\n", "x\n"}, 9},
        {"frost", {"cpu\n"}, {"-12500\n"}, -12.5},
        {"too hot", {"cpu\n"}, {"200001\n"}, (double)NAN},
        {"too cold", {"cpu\n"}, {"-100001\n"}, (double)NAN},
        {"sign alone", {"cpu\n"}, {"-\n"}, (double)NAN},
        {"two signs", {"cpu\n"}, {"--5\n"}, (double)NAN},
        {"no number", {"cpu\n"}, {"4 5\n"}, (double)NAN},
    };
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        char root[FAKE_ROOT_BYTES], name[64];
        if (!fake_root_make(root))
            return;
        for (size_t zone = 0; zone < 4 && boards[i].types[zone]; zone++) {
            snprintf(name, sizeof name, "/sys/class/thermal/thermal_zone%zu/type", zone * 3);
            fake_root_put(root, name, boards[i].types[zone]);
            snprintf(name, sizeof name, "/sys/class/thermal/thermal_zone%zu/temp", zone * 3);
            fake_root_put(root, name, boards[i].temperatures[zone]);
        }
        double found = facts_of(root, 0).temperature_c;
        CHECK(same(found, boards[i].wanted), "%s: %g", boards[i].name, found);
        fake_root_remove(root);
    }
}

static void test_garbage(void) {
    static char endless[9000];
    memset(endless, 'm', sizeof endless - 1);
    const char *const texts[] = {"",
                                 "\n",
                                 "\n\n",
                                 "fast",
                                 "-1",
                                 "1x",
                                 ":",
                                 "0\n",
                                 "1e9\n",
                                 "1 kB\n",
                                 "VmHWM:",
                                 "VmHWM: kB",
                                 "VmHWM: 1 MB\n",
                                 "VmHWM: 18446744073709551615 kB\n",
                                 "model name",
                                 "model name:",
                                 "model name: \t \n",
                                 endless};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        static const char *const names[] = {
            "/proc/cpuinfo", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq",
            "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
            "/sys/class/thermal/thermal_zone0/type", "/proc/self/status"};
        char root[FAKE_ROOT_BYTES];
        if (!fake_root_make(root))
            return;
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            fake_root_put(root, names[n], texts[i]);
        struct tlee_machine_facts facts = facts_of(root, 0);
        CHECK(!*facts.cpu && isnan(facts.clock_mhz) && isnan(facts.clock_max_mhz) &&
                  isnan(facts.temperature_c) && tlee_peak_rss_bytes(root) == 0,
              "%.40s: %.40s, %g, %g", texts[i], facts.cpu, facts.clock_mhz, facts.temperature_c);
        fake_root_remove(root);
    }
    char root[FAKE_ROOT_BYTES], longest[TLEE_FACT_BYTES + 20];
    if (!fake_root_make(root))
        return;
    snprintf(longest, sizeof longest, "model name: %.*s\n", TLEE_FACT_BYTES - 1, endless);
    fake_root_put(root, "/proc/cpuinfo", longest);
    fake_root_put(root, "/proc/device-tree/model", endless);
    struct tlee_machine_facts facts = facts_of(root, 0);
    CHECK(strlen(facts.cpu) == TLEE_FACT_BYTES - 1 && !*facts.board, "%zu", strlen(facts.cpu));
    snprintf(longest, sizeof longest, "model name: %.*s\n", TLEE_FACT_BYTES, endless);
    fake_root_put(root, "/proc/cpuinfo", longest);
    CHECK(!*facts_of(root, 0).cpu, "a name that is too long");
    fake_root_remove(root);
}

int main(void) {
    test_nothing();
    test_board();
    test_zones();
    test_garbage();
    return test_summary();
}
