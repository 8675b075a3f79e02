/** Sites in one secure round at most: Shamir's scheme over bytes has no more shares. */
export const mostSecureSites: number = 255;
