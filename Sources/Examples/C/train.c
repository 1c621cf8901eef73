// Trains a small network on digits that the library draws, evaluates it, saves it and reads it again.
//
//     cc train.c $(pkg-config --cflags --libs parallel_trainer) -o train && ./train [MODEL]

#include <inttypes.h>
#include <parallel_trainer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { class_count = 10, pixel_count = 784 };

static pt_error error;

/// Ends the program unless a call succeeded.
static void check(pt_status status, const char *call) {
  if (status == PT_OK) return;
  fprintf(stderr, "%s: %s (%" PRId32 ")\n", call, error.message, error.code);
  exit(1);
}
#define CHECK(call) check((call), #call)

/// Prints epochs; asks to stop when the loss is as low as the user wants it.
static int32_t on_event(void *user_data, const pt_event *event) {
  const double *wanted = user_data;
  if (event->kind != PT_EVENT_EPOCH) return 0;
  printf(
      "epoch %" PRId64 " of %" PRId64 ": loss %.4f, validation accuracy %.4f\n", event->epoch,
      event->epochs, event->loss, event->validation_accuracy);
  return event->loss < *wanted;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "digits.safetensors";
  if (pt_abi_version() != PT_ABI_VERSION) {
    fprintf(stderr, "the library is of another version: %s\n", pt_version());
    return 1;
  }

  pt_dataset *digits, *training, *validation, *test;
  CHECK(pt_dataset_create_digits(4000, 500, &digits, &test, &error));
  CHECK(pt_dataset_split(digits, 0.1, 1, &training, &validation, &error));
  pt_dataset_destroy(digits);

  const pt_layer layers[] = {
      {.outputs = 32, .activation = "relu", .dropout = 0},
      {.outputs = class_count, .activation = NULL, .dropout = 0}};
  pt_model *model;
  CHECK(pt_model_create(pixel_count, layers, 2, 0, NULL, 1, &model, &error));
  char summary[1024];
  if (pt_model_summary(model, summary, sizeof summary) > sizeof summary) return 1;
  puts(summary);

  const char *const options[] = {"epochs=20", "batch-size=64", "threads=2", "seed=1", NULL};
  pt_trainer *trainer;
  CHECK(pt_trainer_create(model, options, &trainer, &error));
  pt_model_destroy(model);
  double wanted = 0.2;
  pt_result result;
  CHECK(pt_trainer_fit(trainer, training, validation, on_event, &wanted, NULL, &result, &error));
  printf(
      "%s after %" PRId64 " iterations\n",
      result.stopped == PT_INTERRUPTED ? "as good as wanted" : "ended", result.iterations);

  int64_t confusion[class_count * class_count];
  double recall[class_count];
  const pt_class_counts classes = {
      .class_count = class_count, .confusion = confusion, .ranks = NULL, .precision = NULL,
      .recall = recall};
  pt_evaluation evaluation;
  CHECK(pt_trainer_evaluate(trainer, test, &evaluation, &classes, &error));
  printf("test accuracy %.4f, of the sevens %.4f\n", evaluation.accuracy, recall[7]);

  CHECK(pt_trainer_copy_model(trainer, &model, &error));
  CHECK(pt_model_save(model, path, &error));
  pt_model *again;
  CHECK(pt_model_load(path, &again, &error));
  if (pt_model_parameter_count(again) != pt_model_parameter_count(model)) return 1;
  pt_model_destroy(again);
  pt_model_destroy(model);

  // What it takes an empty page for.
  float page[pixel_count] = {0};
  int64_t digit;
  CHECK(pt_trainer_predict(trainer, page, 1, &digit, &error));
  float probabilities[class_count];
  CHECK(pt_trainer_predict_probabilities(
      trainer, page, 1, probabilities, class_count, &error));
  printf("an empty page looks like a %" PRId64 " (%.2f)\n", digit, probabilities[digit]);

  pt_trainer_destroy(trainer);
  pt_dataset_destroy(training);
  pt_dataset_destroy(validation);
  pt_dataset_destroy(test);
  return evaluation.accuracy > 0.8 ? 0 : 1;
}
