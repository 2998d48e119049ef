/* An empty method as SWIG writes it without help: what the binding's typemaps are measured against. */
%module python_swig
%{
typedef struct swig_object {
  double number;
} swig_object;
%}
typedef struct swig_object {} swig_object;
%extend swig_object {
  swig_object() { return calloc(1, sizeof(swig_object)); }
  ~swig_object() { free($self); }
  void empty() { (void)$self; }
  void number(double value) { (void)$self, (void)value; }
}
