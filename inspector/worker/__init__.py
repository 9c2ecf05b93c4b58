"""The child process in which onnxruntime, torch and onnx's native code run. Knows no Qt."""
