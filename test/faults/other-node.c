/* A compiled package as npm installs it with another Node: it registers itself with that Node's NODE_MODULE_VERSION. */
struct node_module {
  int version;
  unsigned flags;
  void *handle;
  const char *filename;
  void *initialize;
  void *initialize_with_context;
  const char *name;
  void *data;
  struct node_module *link;
};

extern void node_module_register(void *module);

static struct node_module self = {
    .version = 108, .filename = "other-node.c", .name = "better_sqlite3"};

__attribute__((constructor)) static void register_self(void) { node_module_register(&self); }
