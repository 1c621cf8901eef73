// A hand-written trainer in C over the matrix product of any BLAS: MKL, OpenBLAS.
//
// What is timed: float32; dense layers with ReLU, softmax cross-entropy at the end; plain SGD at
// 0.1 (no momentum, no regularizer). All samples are in memory as floats. Each epoch shuffles the
// samples' order, gathers each batch of it into one matrix, and drops the short last batch.
// Loading and a warm-up of at least a second are not timed; whole epochs are.
//
// Why this is the fastest way: there is nothing between the loop and the BLAS.
//   - W is [inputs, outputs], so that the forward product, the input gradient and the weight
//     gradient are each one sgemm without a copy or a transposition.
//   - The update is folded into the product that makes the gradient: W := -rate * X' D + 1 * W.
//     The gradient is never stored.
//   - The input gradient of the first layer is not computed.
//   - Bias and ReLU are one pass; gather and the large passes are shared out by OpenMP, in the
//     same pool of threads as MKL's (its GNU threading layer).
//   - All buffers exist before the first step.
//
// Build: cc -O3 -march=native -ffast-math -fopenmp mlp_blas.c -o mlp_blas -ldl -lm
// c_mlp.py builds it, finds the BLAS and sets its threads; see there for the options.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { features = 784, classes = 10, maximumLayers = 8, widest = 4096, checked = 4096 };
static const float rate = 0.1f;

// Passes over fewer values than this are not worth waking a thread for.
enum { worthSharing = 16384 };

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "%s%s%s\n", what, *detail ? ": " : "", detail);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!memory) fail("out of memory", "");
  return memory;
}

// MARK: Random numbers (xorshift64)

static uint64_t state = 88172645463325252ull;

static inline uint64_t randomBits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static inline float uniform(void) { return (randomBits() >> 40) * (1.f / 16777216.f); }

static float normal(void) {
  return sqrtf(-2 * logf(uniform() + 1e-7f)) * cosf(6.2831853f * uniform());
}

// MARK: BLAS

typedef void (*Sgemm)(int order, int transposeA, int transposeB, int m, int n, int k, float alpha,
                      const float *a, int lda, const float *b, int ldb, float beta, float *c,
                      int ldc);
static Sgemm sgemm;

// c[m, n] := alpha * op(a) op(b) + beta * c, all row-major and without gaps.
static inline void product(int transposeA, int transposeB, int m, int n, int k, float alpha,
                           const float *a, const float *b, float beta, float *c) {
  enum { rowMajor = 101, plain = 111, transposed = 112 };
  sgemm(rowMajor, transposeA ? transposed : plain, transposeB ? transposed : plain, m, n, k, alpha,
        a, transposeA ? m : k, b, transposeB ? k : n, beta, c, n);
}

// MARK: Network

static int layers, size[maximumLayers + 1];  // size[l] inputs and size[l + 1] outputs of layer l
static float *weights[maximumLayers];        // [size[l], size[l + 1]]
static float *biases[maximumLayers];         // [size[l + 1]]
static float *activations[maximumLayers + 1];  // [batch, size[l]]; 0 is the batch itself
static float *deltas[maximumLayers + 1];       // [batch, size[l]]: d(loss) / d(pre-activation)
static int batch = 128, passThreads = 1;

static void makeNetwork(char model) {
  static const int hidden[3][maximumLayers] = {{128}, {512, 512}, {2500, 2000, 1500, 1000, 500}};
  size[layers++] = features;
  for (const int *width = hidden[model - 'A']; *width; width++) size[layers++] = *width;
  size[layers] = classes;
  for (int l = 0; l <= layers; l++) {
    activations[l] = allocate(sizeof(float) * batch * size[l]);
    deltas[l] = allocate(sizeof(float) * batch * size[l]);
  }
  for (int l = 0; l < layers; l++) {
    size_t count = (size_t)size[l] * size[l + 1];
    float scale = sqrtf(2.f / size[l]);
    weights[l] = allocate(sizeof(float) * count);
    biases[l] = calloc(size[l + 1], sizeof(float));
    for (size_t i = 0; i < count; i++) weights[l][i] = scale * normal();
  }
}

// MARK: Data

static float *images;  // [samples, features]
static int *labels;
static long samples;

static void readFile(const char *folder, const char *name, size_t header, uint8_t *into,
                     size_t bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot open", path);
  if (fseek(file, header, SEEK_SET) || fread(into, 1, bytes, file) != bytes)
    fail("too short", path);
  fclose(file);
}

// The first images of MNIST's training set, from its two unpacked files.
static void loadMNIST(const char *folder) {
  uint8_t *bytes = allocate(samples * features);
  readFile(folder, "train-images-idx3-ubyte", 16, bytes, samples * features);
  for (long i = 0; i < samples * features; i++) images[i] = bytes[i] * (1 / 255.f);
  readFile(folder, "train-labels-idx1-ubyte", 8, bytes, samples);
  for (long i = 0; i < samples; i++) labels[i] = bytes[i];
  free(bytes);
}

// Random pixels without a zero; 78 of them, those of the image's class, are brighter by 100.
static void makeDense(void) {
  const int marked = features / classes;
  for (long i = 0; i < samples; i++) {
    labels[i] = (randomBits() >> 32) % classes;
    for (int f = 0; f < features; f++)
      images[i * features + f] =
          (1 + (randomBits() >> 32) % 155 + (f / marked == labels[i] ? 100 : 0)) * (1 / 255.f);
  }
}

// MARK: The step

// Gathers a batch and leaves the logits in the last activations.
static void forward(const int *batchIndices) {
  #pragma omp parallel for num_threads(passThreads) schedule(static) if (passThreads > 1)
  for (int i = 0; i < batch; i++)
    memcpy(activations[0] + (size_t)i * features, images + (size_t)batchIndices[i] * features,
           sizeof(float) * features);
  for (int l = 0; l < layers; l++) {
    const int inputs = size[l], outputs = size[l + 1], isLast = l == layers - 1;
    float *restrict z = activations[l + 1];
    const float *restrict bias = biases[l];
    product(0, 0, batch, outputs, inputs, 1, activations[l], weights[l], 0, z);
    #pragma omp parallel for num_threads(passThreads) schedule(static) \
        if (passThreads > 1 && (long)batch * outputs > worthSharing)
    for (int i = 0; i < batch; i++)
      for (int j = 0; j < outputs; j++) {
        float value = z[(size_t)i * outputs + j] + bias[j];
        z[(size_t)i * outputs + j] = isLast || value > 0 ? value : 0;
      }
  }
}

// The mean loss of the batch in `forward`; leaves its gradient in the last deltas.
static float loss(const int *batchIndices) {
  float total = 0;
  for (int i = 0; i < batch; i++) {
    const float *restrict logits = activations[layers] + (size_t)i * classes;
    float *restrict gradient = deltas[layers] + (size_t)i * classes;
    const int label = labels[batchIndices[i]];
    float largest = logits[0], sum = 0;
    for (int c = 1; c < classes; c++) largest = logits[c] > largest ? logits[c] : largest;
    for (int c = 0; c < classes; c++) sum += gradient[c] = expf(logits[c] - largest);
    total += logf(sum) - (logits[label] - largest);
    const float scale = 1 / (sum * batch);
    for (int c = 0; c < classes; c++) gradient[c] *= scale;
    gradient[label] -= 1.f / batch;
  }
  return total / batch;
}

// From the last deltas down; each layer is updated as soon as its input gradient is taken.
static void backwardAndUpdate(void) {
  for (int l = layers - 1; l >= 0; l--) {
    const int inputs = size[l], outputs = size[l + 1];
    if (l > 0) {
      product(0, 1, batch, inputs, outputs, 1, deltas[l + 1], weights[l], 0, deltas[l]);
      float *restrict delta = deltas[l];
      const float *restrict activation = activations[l];
      #pragma omp parallel for num_threads(passThreads) schedule(static) \
          if (passThreads > 1 && (long)batch * inputs > worthSharing)
      for (int i = 0; i < batch; i++)
        for (int j = 0; j < inputs; j++)
          delta[(size_t)i * inputs + j] =
              activation[(size_t)i * inputs + j] > 0 ? delta[(size_t)i * inputs + j] : 0;
    }
    product(1, 0, inputs, outputs, batch, -rate, activations[l], deltas[l + 1], 1, weights[l]);
    const float *restrict delta = deltas[l + 1];
    float *restrict bias = biases[l];
    float sum[widest];
    memset(sum, 0, sizeof(float) * outputs);
    for (int i = 0; i < batch; i++)
      for (int j = 0; j < outputs; j++) sum[j] += delta[(size_t)i * outputs + j];
    for (int j = 0; j < outputs; j++) bias[j] -= rate * sum[j];
  }
}

static volatile float lastLoss;

// One epoch in a fresh order; the number of samples trained on.
static long epoch(int *order) {
  for (long i = samples - 1; i > 0; i--) {
    const long j = ((randomBits() >> 32) * (uint64_t)(i + 1)) >> 32;
    const int swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  long done = 0;
  for (; done + batch <= samples; done += batch) {
    forward(order + done);
    lastLoss = loss(order + done);
    backwardAndUpdate();
  }
  return done;
}

// The loss over the first samples of the training set, untimed: did it learn?
static float trainingLoss(int *order) {
  for (long i = 0; i < samples; i++) order[i] = i;
  double total = 0;
  long batches = 0;
  for (long first = 0; first + batch <= samples && first < checked; first += batch, batches++) {
    forward(order + first);
    total += loss(order + first);
  }
  return total / batches;
}

// MARK: The program

static const char *option(int count, char **arguments, const char *name, const char *otherwise) {
  for (int i = 1; i + 1 < count; i += 2)
    if (!strcmp(arguments[i], name)) return arguments[i + 1];
  if (!otherwise) fail("missing option", name);
  return otherwise;
}

int main(int count, char **arguments) {
#define OPTION(name, otherwise) option(count, arguments, name, otherwise)
  const char model = OPTION("--model", "A")[0];
  const char *data = OPTION("--data", "");
  const int repeats = atoi(OPTION("--repeats", "3"));
  const double seconds = atof(OPTION("--seconds", "2"));
  batch = atoi(OPTION("--batch-size", "128"));
  passThreads = atoi(OPTION("--pass-threads", "1"));
  samples = model == 'C' ? 6000 : 60000;
  if (model < 'A' || model > 'C') fail("no such model", OPTION("--model", "A"));
  if (batch < 1 || batch > samples) fail("no such batch size", OPTION("--batch-size", ""));

  void *library = dlopen(OPTION("--library", NULL), RTLD_NOW | RTLD_GLOBAL);
  if (!library) fail("cannot load the BLAS", dlerror());
  sgemm = (Sgemm)dlsym(library, OPTION("--symbol", "cblas_sgemm"));
  if (!sgemm) fail("the BLAS has no function", OPTION("--symbol", "cblas_sgemm"));

  images = allocate(sizeof(float) * samples * features);
  labels = allocate(sizeof(int) * samples);
  if (*data) loadMNIST(data); else makeDense();
  makeNetwork(model);
  int *order = allocate(sizeof(int) * samples);
  for (long i = 0; i < samples; i++) order[i] = i;

  const double start = now();
  do epoch(order); while (now() - start < 1);
  printf("{\"measurements\": [");
  for (int repeat = 0; repeat < repeats; repeat++) {
    const double began = now();
    double elapsed;
    long done = 0;
    do {
      done += epoch(order);
      elapsed = now() - began;
    } while (elapsed < seconds);
    printf("%s%.1f", repeat ? ", " : "", done / elapsed);
  }
  // JSON has no infinity and no NaN, and isfinite() is always true under -ffast-math.
  char final[64];
  snprintf(final, sizeof final, "%.4f", trainingLoss(order));
  printf("], \"loss\": %s}\n", strpbrk(final, "in") ? "null" : final);
  return 0;
}
