/*
 * libsrtp2 behind a pair of pipes.
 *
 * A request is a frame: its length (32 bits), then commands until it ends. A command is a code (8
 * bits), the length of its data (16 bits), and the data. The answer is a frame of as many answers: a
 * status of libsrtp2 (8 bits), the length of the data (16 bits), and the data. All numbers are in
 * network byte order. The program ends when its input does.
 *
 *   'k'  new contexts: profile (16 bits, as in DTLS), whether RTCP is to be encrypted (8 bits),
 *        master key and master salt
 *   'p'  protect the RTP packet in the data        'u'  open the SRTP packet in the data
 *   'P'  protect the RTCP packets in the data      'U'  open the SRTCP packet in the data
 *   't'  protect and open so many packets (16 bits) of so many bytes of payload (16 bits); answers
 *        with the nanoseconds that the one and the other took (64 bits each)
 */
#include <srtp2/srtp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WINDOW = 1024,
    MAX_FRAME = 1 << 24,
    MAX_PACKET = 4096,
    MAX_TIMED = 256,
    HEADER = 12,
};

static unsigned char request[MAX_FRAME], answer[MAX_FRAME];
static size_t answer_len;
static srtp_t sender, receiver;
static uint64_t timed_index;

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static unsigned read_16(const unsigned char *from)
{
    return (unsigned)from[0] << 8 | from[1];
}

static void write_number(unsigned char *to, uint64_t number, int len)
{
    while (len-- > 0) {
        to[len] = (unsigned char)number;
        number >>= 8;
    }
}

static void reply(srtp_err_status_t status, const void *data, size_t len)
{
    if (answer_len + 3 + len > sizeof answer) {
        fail("the answer is too long");
    }
    answer[answer_len] = (unsigned char)status;
    write_number(answer + answer_len + 1, len, 2);
    memcpy(answer + answer_len + 3, data, len);
    answer_len += 3 + len;
}

static srtp_err_status_t create(srtp_t *context, srtp_ssrc_type_t type, const unsigned char *data,
                                size_t len)
{
    static unsigned char key[SRTP_MAX_KEY_LEN];
    srtp_policy_t policy;

    memset(&policy, 0, sizeof policy);
    if (len < 3 || len - 3 > sizeof key) {
        return srtp_err_status_bad_param;
    }
    switch (read_16(data)) {
    case 0x0001:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
    case 0x0002:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
    case 0x0007:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
    case 0x0008:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    default:
        return srtp_err_status_bad_param;
    }
    if (!data[2]) {
        policy.rtcp.sec_serv = sec_serv_auth;
    }
    memcpy(key, data + 3, len - 3);
    policy.key = key;
    policy.ssrc.type = type;
    policy.window_size = WINDOW;
    if (*context) {
        srtp_dealloc(*context);
        *context = NULL;
    }
    return srtp_create(context, &policy);
}

static srtp_err_status_t set_keys(const unsigned char *data, size_t len)
{
    srtp_err_status_t status = create(&sender, ssrc_any_outbound, data, len);
    timed_index = 0;
    return status ? status : create(&receiver, ssrc_any_inbound, data, len);
}

typedef srtp_err_status_t operation(srtp_t, void *, int *);

static void apply(operation *apply_to, srtp_t context, const unsigned char *data, size_t len)
{
    static alignas(16) unsigned char packet[MAX_PACKET + SRTP_MAX_TRAILER_LEN];
    int packet_len = (int)len;
    srtp_err_status_t status;

    if (len > MAX_PACKET) {
        fail("the packet is too long");
    }
    memcpy(packet, data, len);
    status = apply_to(context, packet, &packet_len);
    reply(status, packet, status ? 0 : (size_t)packet_len);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void measure(unsigned count, unsigned size)
{
    static alignas(16) unsigned char packets[MAX_TIMED][2048];
    static int lens[MAX_TIMED];
    unsigned char times[16];
    uint64_t started, protected, opened;
    unsigned at;

    if (count > MAX_TIMED || size + HEADER + SRTP_MAX_TRAILER_LEN > sizeof packets[0]) {
        fail("there is no room for such packets");
    }
    for (at = 0; at < count; at++) {
        memset(packets[at], 0x5a, HEADER + size);
        packets[at][0] = 0x80;
        packets[at][1] = 96;
        write_number(packets[at] + 2, timed_index++, 2);
        write_number(packets[at] + 8, 7, 4);
        lens[at] = (int)(HEADER + size);
    }
    started = now();
    for (at = 0; at < count; at++) {
        if (srtp_protect(sender, packets[at], &lens[at])) {
            fail("a packet was not protected");
        }
    }
    protected = now();
    for (at = 0; at < count; at++) {
        if (srtp_unprotect(receiver, packets[at], &lens[at])) {
            fail("a packet was not opened");
        }
    }
    opened = now();
    write_number(times, protected - started, 8);
    write_number(times + 8, opened - protected, 8);
    reply(srtp_err_status_ok, times, sizeof times);
}

static void obey(unsigned char code, const unsigned char *data, size_t len)
{
    switch (code) {
    case 'k':
        reply(set_keys(data, len), NULL, 0);
        break;
    case 'p':
        apply(srtp_protect, sender, data, len);
        break;
    case 'u':
        apply(srtp_unprotect, receiver, data, len);
        break;
    case 'P':
        apply(srtp_protect_rtcp, sender, data, len);
        break;
    case 'U':
        apply(srtp_unprotect_rtcp, receiver, data, len);
        break;
    case 't':
        if (len != 4) {
            fail("no numbers");
        }
        measure(read_16(data), read_16(data + 2));
        break;
    default:
        fail("no such command");
    }
}

int main(void)
{
    unsigned char prefix[4];

    if (srtp_init()) {
        fail("libsrtp2 does not start");
    }
    while (fread(prefix, sizeof prefix, 1, stdin) == 1) {
        size_t len = (size_t)read_16(prefix) << 16 | read_16(prefix + 2);
        size_t at = 0;

        if (len > sizeof request || fread(request, 1, len, stdin) != len) {
            fail("the request is too long or too short");
        }
        answer_len = 0;
        while (at < len) {
            size_t data_len;

            if (len - at < 3 || len - at - 3 < (data_len = read_16(request + at + 1))) {
                fail("a command runs over the end");
            }
            obey(request[at], request + at + 3, data_len);
            at += 3 + data_len;
        }
        write_number(prefix, answer_len, 4);
        if (fwrite(prefix, sizeof prefix, 1, stdout) != 1
            || fwrite(answer, 1, answer_len, stdout) != answer_len || fflush(stdout)) {
            fail("nobody listens");
        }
    }
    return 0;
}
