import { describe } from "vitest";
import { itDrawsTheSame } from "./noise-kernel.fixture.ts";

describe("the noise kernel, as this process builds it", () => itDrawsTheSame());
