// gmime LIST: reads the messages whose paths stand in LIST, one a line, by GMime: every header decoded, every part's content too.
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

static size_t work;

static void read_headers(GMimeObject *object) {
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    for (int i = 0; i < g_mime_header_list_get_count(list); i++)
        work += strlen(g_mime_header_get_value(g_mime_header_list_get_header_at(list, i)));
}

static void read_part(GMimeObject *parent, GMimeObject *part, gpointer ignored) {
    read_headers(part);
    if (GMIME_IS_TEXT_PART(part)) {
        char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
        if (text) work += strlen(text);
        g_free(text);
    } else if (GMIME_IS_PART(part)) {
        GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
        GMimeStream *memory = g_mime_stream_mem_new();
        if (content) work += g_mime_data_wrapper_write_to_stream(content, memory);
        g_object_unref(memory);
    }
}

static int read_message(const char *path) {
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    GMimeStream *stream = g_mime_stream_fs_new(file);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        read_headers(GMIME_OBJECT(message));
        g_mime_message_foreach(message, read_part, NULL);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return 0;
}

int main(int count, char **arguments) {
    FILE *list = count == 2 ? fopen(arguments[1], "r") : NULL;
    if (!list) return 64;
    g_mime_init();
    char path[4096];
    while (fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = 0;
        if (read_message(path) < 0) return 66;
    }
    printf("%zu\n", work);
    return 0;
}
