/** The commands that a shop's page may push into Beckon's queue, before or after its script has loaded. */

/** As your shop writes it: 129.9, "129.90", "$129.90". */
export type Amount = number | string;

/** A line of a cart. */
export interface CartLine {
  productID: string | number;
  productName?: string;
  /** One where it is missing; 0 takes the line out. */
  quantity?: number | string;
  /** Of one. */
  productPrice?: Amount;
  /** On one of the shop's own hosts, as is the picture. */
  productURL?: string;
  productImageURL?: string;
}

/** What is known of a cart beside its lines. */
export interface CartData {
  total?: Amount;
  /** ISO 4217, such as "USD"; the site's own where it is missing. */
  currency?: string;
  /** The page to which a reminder leads. */
  returnURL?: string;
  /** The shop's own number of the cart. */
  cartID?: string | number;
}

/** A whole cart. Without lines it is an emptied one. */
export interface Cart extends CartData {
  items: CartLine[];
}

export interface Order {
  orderID: string | number;
  total?: Amount;
  currency?: string;
  email?: string;
  phone?: string;
  customerID?: string | number;
  cartID?: string | number;
  /** "placed" where it is missing. */
  status?: 'placed' | 'cancelled' | 'refunded';
}

export interface Person {
  customerID?: string | number;
  email?: string;
}

/** The wording that the shopper agreed to, as it stood beside the box. */
export interface PhoneConsent {
  consent: {text: string};
}

export interface Consent {
  storage: 'granted' | 'denied';
}

/** A line of a saved cart, as it is handed to the function of onRestore. */
export interface SavedLine {
  productID: string;
  productName: string;
  quantity: number;
  productPrice: string | null;
  productURL: string | null;
}

/** The commands by their names, and what each takes. */
export interface Commands {
  setCart(cart: Cart): void;
  setCartItem(line: CartLine): void;
  removeCartItem(productID: string | number): void;
  clearCart(): void;
  setCartTotal(total: Amount): void;
  setDataItem(data: CartData): void;
  addedToCart(): void;
  setOrder(order: Order): void;
  setEmail(email: string): void;
  setPhone(phone: string, more?: PhoneConsent): void;
  identify(person: Person): void;
  reset(): void;
  setConsent(consent: Consent): void;
  onRestore(rebuild: (lines: SavedLine[]) => void): void;
  setEmailAddressInput(selector: string | false): void;
}

/** A command as it is pushed: its name, then what it takes. */
export type Command = {[Name in keyof Commands]: [name: Name, ...given: Parameters<Commands[Name]>]}[keyof Commands];

export interface Queue {
  push(...commands: (Command | ((commands: Commands) => void))[]): unknown;
}

declare global {
  interface Window {
    _beckon?: Queue;
  }
}
