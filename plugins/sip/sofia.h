// Sofia-SIP's headers with the types of this plugin's contexts. Files of the sip thread include it; no other may.
#ifndef CW_SIP_SOFIA_H
#define CW_SIP_SOFIA_H

struct cw_sip_stack;
struct cw_sip_owner;
struct cw_sip_envelope;

#define SU_ROOT_MAGIC_T struct cw_sip_stack
#define SU_MSG_ARG_T struct cw_sip_envelope
#define SU_TIMER_ARG_T void
#define NUA_MAGIC_T struct cw_sip_stack
#define NUA_HMAGIC_T struct cw_sip_owner

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>

#endif
