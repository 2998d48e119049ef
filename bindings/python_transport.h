/* Decides how a transport written in Python is called, and what a request is to it. */
#ifndef MEDIABEAT_PYTHON_TRANSPORT_H
#define MEDIABEAT_PYTHON_TRANSPORT_H

#include "python_handles.h"

/* A request as Python sees it. `core` is NULL as soon as the request is answered or cancelled. While it is under way the
 * core owns a reference to its object. */
typedef struct python_request {
  mb_request *core;
  python_client *client;
  PyObject *object; /* borrowed */
} python_request;

/* Reads the functions of `object` and fills in `transport`. False with an exception: send is missing, or capacity is no
 * number. */
bool python_transport_init(python_client *client, PyObject *object, mb_transport *transport);

/* Puts itself before libcurl's transport: in a child that a callback has forked inside a call nothing is sent or closed
 * on the parent's sockets. */
void python_transport_guard(python_client *client, mb_transport *transport);

void python_transport_clear(python_transport *transport);
int python_transport_traverse(const python_transport *transport, visitproc visit, void *arg);

/* Answers a request with an object that has the attributes of mediabeat.Response. False with an exception. */
bool python_request_answer(python_request *request, PyObject *response);

/* In the generated file: the object of a request, a new reference. It owns the struct, also when it could not be made. */
PyObject *python_request_object(python_request *request);

#endif
