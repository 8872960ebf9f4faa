// libcurl as Swift sees it: the header, and wrappers for what is variadic there.
#pragma once
#include <curl/curl.h>
