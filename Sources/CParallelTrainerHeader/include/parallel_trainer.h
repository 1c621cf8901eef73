// ParallelTrainer for C, and for whatever can call C.
//
// Trains neural networks of MNIST's class on the processor's cores: fast, and with the same weights
// bit for bit on any number of threads.
//
//     pt_error error;
//     pt_dataset *training, *test;
//     if (pt_dataset_create_digits(6000, 1000, &training, &test, &error)) fail(error.message);
//     const pt_layer layers[] = {{.outputs = 64, .activation = "relu"}, {.outputs = 10}};
//     pt_model *model;
//     if (pt_model_create(784, layers, 2, 0, "he", 1, &model, &error)) fail(error.message);
//     const char *options[] = {"epochs=5", "threads=2", "seed=1", NULL};
//     pt_trainer *trainer;
//     if (pt_trainer_create(model, options, &trainer, &error)) fail(error.message);
//     if (pt_trainer_fit(trainer, training, NULL, NULL, NULL, NULL, NULL, &error)) …
//
// Rules that hold for everything here:
//
// * Ownership. What a function named …_create…, …_load, …_split or …_copy… gives belongs to the
//   caller, who ends it with the …_destroy of its type, which does nothing with NULL. Everything else
//   stays whose it was: arguments are looked at during the call only, unless PT_BORROW says
//   otherwise. Objects may be destroyed in any order; a trainer keeps what it needs.
// * Errors. A function that can fail returns a pt_status, 0 for success, and fills the pt_error that
//   its last argument points to, which may be NULL. What it should have written through other
//   pointers is then not written. No function prints, exits or raises a signal; passing NULL where
//   an object or a buffer is asked for is PT_INVALID_ARGUMENT.
// * Threads. Functions may be called from any thread, and from several at once with the same
//   objects, but nobody may use an object while or after it is destroyed. A trainer trains one call
//   at a time (PT_BUSY) and predicts on any number of threads, also while it trains. There is no
//   global state.
// * Manners. A call uses as many threads as the option "threads" says, the calling one included; the
//   others are started for the call, take no signals, and have ended when it returns, so that a
//   process may fork between calls. Nothing is printed, and of the environment only
//   PARALLEL_TRAINER_ISA (baseline, avx2 or avx512 forces kernels) is read. Files are read and
//   written where a path is given.
// * Numbers. Buffers are row by row, without gaps, in the machine's byte order. Text is UTF-8.

#ifndef PARALLEL_TRAINER_H
#define PARALLEL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Version

/// Changes whenever a program that was compiled for another one would not work any more.
#define PT_ABI_VERSION 1

/// The PT_ABI_VERSION that the library was built with: compare it where the library is loaded at run
/// time.
int32_t pt_abi_version(void);

/// The version of the package, "1.2.3"; never ends.
const char *pt_version(void);

// MARK: Errors

/// What a call came to.
typedef int32_t pt_status;
/// Its values.
enum {
  PT_OK = 0,
  /// A pointer that must not be NULL is, or a size is negative.
  PT_INVALID_ARGUMENT = 1,
  /// An option has no such name or value, or does not go with another one.
  PT_INVALID_OPTION = 2,
  /// The network cannot be: no layer, too many units, an unknown activation.
  PT_INVALID_NETWORK = 3,
  /// The samples cannot be trained on: none, a label that is no class, a number that is not finite.
  PT_INVALID_DATA = 4,
  /// Samples, network and options do not fit each other.
  PT_MISMATCH = 5,
  /// A file cannot be read or written, or is not what it should be.
  PT_FILE = 6,
  /// The trainer is training already.
  PT_BUSY = 7,
  /// A source of samples failed.
  PT_SOURCE_FAILED = 8,
  /// PARALLEL_TRAINER_ISA names no kernels that this processor can run.
  PT_KERNELS = 9
};

/// What went wrong: memory of the caller's, with nothing to free.
typedef struct pt_error {
  pt_status code;
  /// A sentence that says what was found and what was expected; cut off where it is longer.
  char message[508];
} pt_error;

// MARK: Datasets

/// Samples: features, and what a network should make of them.
typedef struct pt_dataset pt_dataset;

/// What a network should make of samples: classes where `labels` is given, else values.
typedef struct pt_targets {
  /// The class of each sample, 0 to `class_count` − 1; NULL for values.
  const int32_t *labels;
  /// 1 to 256.
  int32_t class_count;
  /// `value_count` numbers for each sample; NULL for classes.
  const float *values;
  int64_t value_count;
} pt_targets;

/// Whether a dataset copies the memory of features and target values.
enum {
  PT_COPY = 0,
  /// The memory must stay as it is until the dataset and all that were split off are destroyed, and
  /// no call that was given them is under way. Labels are copied in any case.
  PT_BORROW = 1
};

/// Samples with float features.
/// - `name`: what errors call them; NULL for "samples".
/// - `features`: `count` rows of `feature_count` finite numbers.
/// - `memory`: PT_COPY or PT_BORROW.
pt_status pt_dataset_create_floats(
    const char *name, const float *features, int64_t count, int64_t feature_count,
    const pt_targets *targets, int32_t memory, pt_dataset **dataset, pt_error *error);

/// Samples with 8-bit features, of which the network gets value / 255: images.
/// - `pixels`: `count` images of `height` rows of `width` bytes; not all of them 0.
pt_status pt_dataset_create_bytes(
    const char *name, const uint8_t *pixels, int64_t count, int64_t height, int64_t width,
    const pt_targets *targets, int32_t memory, pt_dataset **dataset, pt_error *error);

/// The training and the test images in a folder of MNIST's four files, gzip or not.
pt_status pt_dataset_create_mnist(
    const char *folder, pt_dataset **training, pt_dataset **test, pt_error *error);

/// Digits of 28 × 28 pixels that the library draws itself: for trying things out without files.
pt_status pt_dataset_create_digits(
    int64_t training_count, int64_t test_count, pt_dataset **training, pt_dataset **test,
    pt_error *error);

/// Samples that the program makes or reads when a batch needs them.
typedef struct pt_source {
  int64_t count;
  int64_t feature_count;
  /// 0 where there are no classes.
  int32_t class_count;
  /// Target values of a sample; 0 where there are classes.
  int64_t value_count;
  /// Writes `count` samples, everything being 0 before: features, and labels or target values.
  /// Called on several threads at once. What it writes must follow from `samples` and `epoch` alone.
  /// - `epoch`: counted from 1; 0 outside of training.
  /// - `samples`: the numbers of the samples, from 0.
  /// - `features`: for `count` rows of features, `feature_stride` floats from one to the next.
  /// - `labels`: for `count` classes; NULL where there are none.
  /// - `values`: for `count` rows of target values, `value_stride` floats from one to the next; NULL
  ///   where there are classes.
  ///
  /// Returns 0, or a number of its own that the message of PT_SOURCE_FAILED repeats.
  int32_t (*fill)(
      void *user_data, int64_t epoch, int64_t count, const int32_t *samples, float *features,
      int64_t feature_stride, uint8_t *labels, float *values, int64_t value_stride);
  /// For `fill`; must live until the dataset and all that were split off are destroyed.
  void *user_data;
} pt_source;

/// The samples of a source, which is copied, but for its user data.
pt_status pt_dataset_create_source(
    const char *name, const pt_source *source, pt_dataset **dataset, pt_error *error);

/// Two parts of a dataset, drawn without replacement, which share its memory.
/// - `validation_fraction`: above 0 and below 1; at least one sample stays on each side.
/// - `seed`: the same one gives the same parts.
pt_status pt_dataset_split(
    const pt_dataset *dataset, double validation_fraction, uint64_t seed, pt_dataset **training,
    pt_dataset **validation, pt_error *error);

/// Samples; 0 for NULL.
int64_t pt_dataset_count(const pt_dataset *dataset);
/// Features of a sample; 0 for NULL.
int64_t pt_dataset_feature_count(const pt_dataset *dataset);
/// Classes; 0 where there are none, and for NULL.
int32_t pt_dataset_class_count(const pt_dataset *dataset);

/// Ends a dataset; does nothing with NULL.
void pt_dataset_destroy(pt_dataset *dataset);

// MARK: Models

/// A network with its parameters; it never changes.
typedef struct pt_model pt_model;

/// A fully connected layer.
typedef struct pt_layer {
  int64_t outputs;
  /// identity, step, sigmoid, tanh, relu, leaky-relu:SLOPE, elu:ALPHA, maxout:PIECES, softmax, gelu or
  /// silu; NULL for identity.
  const char *activation;
  /// The share of the outputs that are set to 0 while training; 0 for the output layer.
  float dropout;
} pt_layer;

/// A network with initial parameters.
/// - `inputs`: features of a sample.
/// - `layers`: from the first hidden layer to the output layer, `layer_count` of them, 1 to 64.
/// - `input_dropout`: the share of the features that are set to 0 while training.
/// - `initializer`: how parameters are drawn: he, he-normal, xavier, xavier-normal, lecun,
///   lecun-normal, uniform:LIMIT, normal:DEVIATION or zeros; NULL for he.
/// - `seed`: what they are drawn from.
pt_status pt_model_create(
    int64_t inputs, const pt_layer *layers, int32_t layer_count, float input_dropout,
    const char *initializer, uint64_t seed, pt_model **model, pt_error *error);

/// The same network with other parameters.
/// - `parameters`: layer by layer the weights, [units][inputs], and then the biases, `count` in all;
///   there are as many units as outputs, times the pieces of maxout.
pt_status pt_model_copy_with_parameters(
    const pt_model *model, const float *parameters, int64_t count, pt_model **copy,
    pt_error *error);

/// Reads a model that this library or the program `mnist` wrote, also from a checkpoint.
pt_status pt_model_load(const char *path, pt_model **model, pt_error *error);

/// Writes a safetensors file, in place of an older one in one step.
pt_status pt_model_save(const pt_model *model, const char *path, pt_error *error);

/// Features of a sample; 0 for NULL.
int64_t pt_model_input_count(const pt_model *model);
/// Outputs of the last layer; 0 for NULL.
int64_t pt_model_output_count(const pt_model *model);
/// Weights and biases in all; 0 for NULL.
int64_t pt_model_parameter_count(const pt_model *model);

/// Copies the parameters, in the order of pt_model_copy_with_parameters.
/// - `count`: of the floats there is room for: pt_model_parameter_count.
pt_status pt_model_get_parameters(
    const pt_model *model, float *parameters, int64_t count, pt_error *error);

/// Writes the network as a table for a person, ending with a 0, cut off where it is longer than
/// `size` bytes. Returns the bytes it takes in all, the 0 included; 0 for a model that is NULL.
size_t pt_model_summary(const pt_model *model, char *text, size_t size);

/// Ends a model; does nothing with NULL.
void pt_model_destroy(pt_model *model);

// MARK: Training

/// Trains a model.
typedef struct pt_trainer pt_trainer;

/// A trainer that begins with the parameters of a model, which stays as it is.
/// - `options`: texts "name=value", and NULL behind the last; NULL for none. What is not given is as
///   in the second column.
///
///     epochs              10                 passes over the training data
///     batch-size          128
///     drop-last           no                 whether an epoch leaves out a short last batch: yes, no
///     learning-rate       0.1
///     schedule            linear             constant, linear, step:EPOCHS:FACTOR, exponential:FACTOR,
///                                            cosine, one-cycle, plateau:FACTOR:PATIENCE
///     warm-up             none               none, iterations:N, epochs:N
///     optimizer           momentum:0.9       sgd, momentum, lecture-momentum, nesterov, rmsprop, adam,
///                                            adamw, each with its coefficients after colons
///     loss                cross-entropy      cross-entropy[:SMOOTHING], binary-cross-entropy,
///                                            mean-squared-error, half-squared-error,
///                                            mean-absolute-error
///     l2, l1, weight-elimination, decoupled-weight-decay, max-norm
///                         none               a strength, as 1e-4, also 1e-4:layers=1,2 or 1e-4:biases
///     clip-norm, clip-value
///                         none               the limit of the averaged gradient
///     freeze              none               layers that stay as they are, counted from 1: 1,2
///     distort             none               standard, or parts as shift:1,rotate:10
///     patience, epsilon, target-accuracy, time-limit
///                         none               rules that end a run early: epochs, a change of the
///                                            loss, a share, seconds
///     stop-on, min-improvement, restore-best
///                         loss, 0, with patience
///                                            what makes an epoch better (loss, accuracy), by how
///                                            much, and whether the run ends with the best (yes, no)
///     seed                0                  what every random decision is drawn from
///     threads             1                  threads at most, the calling one included
pt_status pt_trainer_create(
    const pt_model *model, const char *const *options, pt_trainer **trainer, pt_error *error);

/// What an event is about.
enum { PT_EVENT_PROGRESS = 0, PT_EVENT_EPOCH = 1 };

/// What a run reports: about ten times a second, and at the end of each epoch.
typedef struct pt_event {
  /// PT_EVENT_PROGRESS or PT_EVENT_EPOCH.
  int32_t kind;
  /// The current epoch, or the one that has ended; counted from 1.
  int64_t epoch;
  /// Epochs that were asked for.
  int64_t epochs;
  /// Samples done of those in an epoch.
  int64_t samples_done, samples_per_epoch;
  /// The mean training loss of the epoch, so far.
  double loss;
  /// Loss and accuracy on the validation samples after the epoch; not-a-number where there are none.
  double validation_loss, validation_accuracy;
  double samples_per_second;
  /// Of an epoch that has ended: seconds of training, and the learning rate at its end.
  double seconds, learning_rate;
} pt_event;

/// Called on the thread that called pt_trainer_fit, between iterations. Any number but 0 asks the
/// run to stop.
typedef int32_t (*pt_event_callback)(void *user_data, const pt_event *event);

/// A request to stop, which any thread or signal handler can make.
typedef struct pt_stop pt_stop;

/// NULL only where there is no memory.
pt_stop *pt_stop_create(void);
/// Asks every call that was given it to stop at the next iteration. Safe in a signal handler.
void pt_stop_request(pt_stop *stop);
/// Ends a request, which no call may have any more; does nothing with NULL.
void pt_stop_destroy(pt_stop *stop);

/// Why a run ended.
enum {
  PT_COMPLETED = 0,
  /// It was asked to stop.
  PT_INTERRUPTED = 1,
  /// A stopping rule was met.
  PT_STOPPED_EARLY = 2,
  /// The loss is no longer a finite number; the parameters are still.
  PT_DIVERGED = 3
};

/// What a run came to.
typedef struct pt_result {
  /// PT_COMPLETED, …
  int32_t stopped;
  /// Complete epochs.
  int64_t epochs;
  /// Parameter updates, and samples trained on; of partial_fit, those of all calls.
  int64_t iterations, samples;
  /// The mean training loss of the last complete epoch; not-a-number where there is none.
  double loss;
  /// Seconds of training.
  double seconds;
  /// The rule that was met, or where the numbers stopped being finite; empty otherwise.
  char detail[128];
} pt_result;

/// Trains on samples for the epochs that the options ask for, beginning with the parameters that the
/// trainer has.
/// - `validation`: evaluated after each epoch; may be NULL.
/// - `on_event`: may be NULL.
/// - `stop`: may be NULL.
/// - `result`: may be NULL.
///
/// A run that was asked to stop is a success: the trainer has what was learned so far.
pt_status pt_trainer_fit(
    pt_trainer *trainer, const pt_dataset *training, const pt_dataset *validation,
    pt_event_callback on_event, void *user_data, const pt_stop *stop, pt_result *result,
    pt_error *error);

/// Trains on the next samples of a stream, one pass over them, with the optimizer as the last call
/// left it. The schedule must be constant, step or exponential; a call counts as an epoch.
pt_status pt_trainer_partial_fit(
    pt_trainer *trainer, const pt_dataset *samples, const pt_stop *stop, pt_result *result,
    pt_error *error);

/// An epoch of the last call of pt_trainer_fit.
typedef struct pt_epoch {
  double loss, validation_loss, validation_accuracy, seconds, learning_rate;
} pt_epoch;

/// Copies the complete epochs of the last pt_trainer_fit, at most `capacity` of them.
/// Returns how many there are; 0 for a trainer that is NULL.
int64_t pt_trainer_history(const pt_trainer *trainer, pt_epoch *epochs, int64_t capacity);

/// A copy of the model as it is now.
pt_status pt_trainer_copy_model(const pt_trainer *trainer, pt_model **model, pt_error *error);

/// Ends a trainer, of which no call may be under way; does nothing with NULL.
void pt_trainer_destroy(pt_trainer *trainer);

// MARK: What a trained model says

/// How well the model does.
typedef struct pt_evaluation {
  int64_t sample_count;
  /// The mean loss.
  double loss;
  /// The share of samples whose class was predicted; not-a-number where there are no classes.
  double accuracy;
} pt_evaluation;

/// Room for what was predicted of which class; each pointer may be NULL.
typedef struct pt_class_counts {
  /// Classes that there is room for: those of the dataset.
  int32_t class_count;
  /// confusion[label * class_count + predicted]: samples.
  int64_t *confusion;
  /// ranks[k]: samples whose label has the (k + 1)th largest output.
  int64_t *ranks;
  /// For each class; not-a-number where no sample was predicted to be of it, or is.
  double *precision, *recall;
} pt_class_counts;

/// Loss and accuracy on a dataset that fits the network and the loss.
/// - `classes`: may be NULL.
pt_status pt_trainer_evaluate(
    const pt_trainer *trainer, const pt_dataset *dataset, pt_evaluation *evaluation,
    const pt_class_counts *classes, pt_error *error);

/// The class of each of `count` samples: `features` are rows of as many finite numbers as the network
/// has inputs. Of a single output, class 1 where its probability is above ½.
pt_status pt_trainer_predict(
    const pt_trainer *trainer, const float *features, int64_t count, int64_t *classes,
    pt_error *error);

/// The probability of each class: rows of pt_model_output_count numbers, of 2 for a single output.
/// - `room`: floats that there is room for: just those.
pt_status pt_trainer_predict_probabilities(
    const pt_trainer *trainer, const float *features, int64_t count, float *probabilities,
    int64_t room, pt_error *error);

/// The outputs, logits where the loss takes such: rows of pt_model_output_count numbers.
/// - `room`: floats that there is room for: just those.
pt_status pt_trainer_predict_outputs(
    const pt_trainer *trainer, const float *features, int64_t count, float *outputs, int64_t room,
    pt_error *error);

/// The class of each sample of a dataset, which must fit the network as one to evaluate.
/// - `count`: classes that there is room for: pt_dataset_count.
pt_status pt_trainer_predict_dataset(
    const pt_trainer *trainer, const pt_dataset *dataset, int64_t *classes, int64_t count,
    pt_error *error);

#ifdef __cplusplus
}
#endif

#endif
