/* Decides how public symbols are marked. Everything else in the library is hidden. */
#ifndef MEDIABEAT_EXPORT_H
#define MEDIABEAT_EXPORT_H

#if defined(_WIN32) && !defined(MB_STATIC)
#  if defined(MB_BUILDING)
#    define MB_API __declspec(dllexport)
#  else
#    define MB_API __declspec(dllimport)
#  endif
#elif defined(__GNUC__)
#  define MB_API __attribute__((visibility("default")))
#else
#  define MB_API
#endif

#endif
